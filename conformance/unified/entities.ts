import { AbstractCursor, ClientSession, Collection, Db } from '../../src/client/index.ts'
import { CaseError } from './case_error.ts'
import { ObservedClient } from './observed_client.ts'
import { TestThread } from './test_thread.ts'

/** What a case refers to by name. No name stands for two things. */
export class Entities {
  readonly #byName = new Map<string, unknown>()

  add(id: string, entity: unknown): void {
    if (this.#byName.has(id)) throw new CaseError(`there is an entity ${id} already`)
    this.#byName.set(id, entity)
  }

  /** Of any kind. */
  value(id: string): unknown {
    if (this.#byName.has(id)) return this.#byName.get(id)
    throw new CaseError(`there is no entity ${id}; there are ${[...this.#byName.keys()].join(', ') || 'none'}`)
  }

  client(id: string): ObservedClient {
    return this.#ofClass(id, ObservedClient, 'client')
  }

  database(id: string): Db {
    return this.#ofClass(id, Db, 'database')
  }

  collection(id: string): Collection {
    return this.#ofClass(id, Collection, 'collection')
  }

  cursor(id: string): AbstractCursor<unknown> {
    const entity = this.value(id)
    if (entity instanceof AbstractCursor) return entity as AbstractCursor<unknown>
    throw new CaseError(`the entity ${id} is no cursor`)
  }

  session(id: string): ClientSession {
    return this.#ofClass(id, ClientSession, 'session')
  }

  thread(id: string): TestThread {
    return this.#ofClass(id, TestThread, 'thread')
  }

  clients(): ObservedClient[] {
    return [...this.#byName.values()].filter(entity => entity instanceof ObservedClient)
  }

  threads(): TestThread[] {
    return [...this.#byName.values()].filter(entity => entity instanceof TestThread)
  }

  #ofClass<Entity>(id: string, entityClass: new (...args: never[]) => Entity, kind: string): Entity {
    const entity = this.value(id)
    if (entity instanceof entityClass) return entity
    throw new CaseError(`the entity ${id} is no ${kind}`)
  }
}
