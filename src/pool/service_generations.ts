import type { ObjectId } from '../bson/index.ts'

/**
 * Behind a load balancer each backend, known by the `serviceId` of its hello, has a generation of its own. An entry
 * lives as long as a connection to that backend does.
 */
export class ServiceGenerations {
  readonly #services = new Map<string, { generation: number; connections: number }>()

  /** A connection to the backend has shaken hands; returns the generation it belongs to. */
  joined(serviceId: ObjectId): number {
    const key = serviceId.toHexString()
    const service = this.#services.get(key) ?? { generation: 0, connections: 0 }
    service.connections++
    this.#services.set(key, service)
    return service.generation
  }

  left(serviceId: ObjectId): void {
    const key = serviceId.toHexString()
    const service = this.#services.get(key)
    if (service !== undefined && --service.connections === 0) this.#services.delete(key)
  }

  /** False when nothing is connected to the backend: there is nothing to clear. */
  cleared(serviceId: ObjectId): boolean {
    const service = this.#services.get(serviceId.toHexString())
    if (service !== undefined) service.generation++
    return service !== undefined
  }

  current(serviceId: ObjectId): number {
    return this.#services.get(serviceId.toHexString())?.generation ?? 0
  }

  get size(): number {
    return this.#services.size
  }
}
