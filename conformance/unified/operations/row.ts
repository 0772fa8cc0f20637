import type { ChangeStream } from '../../../src/client/index.ts'
import { CaseError } from '../case_error.ts'
import { type DriverMethod, invoke, type UnbuiltFeature } from '../features.ts'
import type { Fields, OperationStep } from '../format.ts'

/** Does operations of the case, and fails as the first of them does that fails, be that expected or not. */
export type PerformSteps = (steps: readonly OperationStep[]) => Promise<void>

/** How a case's operation becomes a call of the driver. */
export interface OperationRow {
  /** What the driver must have; the case is skipped as long as it has not. */
  readonly needs?: DriverMethod
  /** Present: nothing of the operation can run yet, whatever the driver's methods. */
  readonly unbuilt?: UnbuiltFeature
  readonly required: readonly string[]
  readonly optional: readonly string[]
  /** Arguments that other operations take and this one does not yet. */
  readonly unbuiltArguments?: Readonly<Record<string, UnbuiltFeature>>
  /** The result is an array of root-level documents. */
  readonly documents?: boolean
  /** Makes a cursor, to be saved as an entity. */
  readonly makesCursor?: boolean
  /** An argument that holds operations: it stays JSON. */
  readonly steps?: string
  /** Fails the way the driver fails. `given` holds values, not JSON. */
  run(target: never, given: Fields, performSteps: PerformSteps): unknown
}

export type OperationRows = Readonly<Record<string, OperationRow>>

/** An operation that is not built: a case with it is skipped. */
export function unbuilt(feature: UnbuiltFeature): OperationRow {
  return {
    unbuilt: feature,
    required: [],
    optional: [],
    run: () => {
      throw new CaseError(`${feature}: not built`)
    }
  }
}

type Shape = Omit<OperationRow, 'run' | 'needs' | 'required' | 'optional'> & {
  /** Turns arguments into options where they differ. */
  readonly options?: (rest: Fields) => Fields
  /** Turns what the method gives into what the format compares. */
  readonly result?: (value: never) => unknown
}

/** The common form: `required` in their order, then an object with the rest. */
export function method(
  needs: DriverMethod,
  required: readonly string[],
  optional: readonly string[],
  { options = rest => rest, result, ...shape }: Shape = {}
): OperationRow {
  return {
    ...shape,
    needs,
    required,
    optional,
    run: async (target: object, given: Fields) => {
      const value = await invoke(target, needs, ...required.map(name => given[name]), options(without(given, required)))
      return result === undefined ? value : result(value as never)
    }
  }
}

/** A method that gives a cursor, which is read to its end. */
export function listing(needs: DriverMethod, required: readonly string[], optional: readonly string[]): OperationRow {
  return method(needs, required, optional, { documents: true, result: allOf, options: withCursorType })
}

/** A change stream of what `watched` makes of the entity. The format wants its first command to be sent at once. */
export function changeStreamOf<Entity>(needs: DriverMethod, watched: (entity: Entity) => object): OperationRow {
  return {
    needs,
    required: ['pipeline'],
    optional: [
      'batchSize',
      'collation',
      'comment',
      'fullDocument',
      'fullDocumentBeforeChange',
      'maxAwaitTimeMS',
      'resumeAfter',
      'session',
      'showExpandedEvents',
      'startAfter',
      'startAtOperationTime',
      'timeoutMS'
    ],
    makesCursor: true,
    run: async (entity: Entity, { pipeline, ...options }: Fields) => {
      const stream = invoke(watched(entity), needs, pipeline, options) as ChangeStream
      return stream.open()
    }
  }
}

const cursorTypes: Readonly<Record<string, Fields>> = {
  nonTailable: {},
  tailable: { tailable: true },
  tailableAwait: { tailable: true, awaitData: true }
}

/** The format has one argument for what are two options of the driver. */
export function withCursorType(options: Fields): Fields {
  const { cursorType, ...others } = options
  if (cursorType === undefined) return others
  const flags = typeof cursorType === 'string' ? cursorTypes[cursorType] : undefined
  if (flags === undefined) throw new CaseError(`the cursorType ${JSON.stringify(cursorType)} is unknown`)
  return { ...others, ...flags }
}

export function allOf(cursor: { toArray(): Promise<unknown[]> }): Promise<unknown[]> {
  return cursor.toArray()
}

export function without(fields: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)))
}
