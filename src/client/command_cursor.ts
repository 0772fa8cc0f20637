import type { Document } from '../bson/index.ts'
import { MongoAPIError, MongoInvalidArgumentError } from '../errors/index.ts'
import {
  type Command,
  type CursorBatch,
  type CursorKind,
  type CursorOptions,
  runCursorCommand
} from '../operations/index.ts'
import type { ClientCore } from './core.ts'
import { AbstractCursor } from './cursor.ts'
import { type ChangeableOptions, refuseUnsupported } from './cursor_changes.ts'
import { MongoDBNamespace } from './cursor_namespace.ts'
import { type Inherited, inheritInCursor, preferenceOfCommand, runOptions } from './targets.ts'
import type { RunCursorCommandOptions } from './types/index.ts'

/** What the cursor in the reply to a command of the user's gives. The setters are about the batches after the first. */
export class RunCommandCursor extends AbstractCursor<Document> {
  readonly #database: string
  readonly #command: Document
  readonly #options: RunCursorCommandOptions
  readonly #place: Inherited
  #further: Pick<CursorOptions, 'batchSize' | 'comment' | 'maxAwaitTimeMS'> = {}

  constructor(
    core: ClientCore,
    database: string,
    command: Document,
    options: RunCursorCommandOptions,
    inherited: Inherited
  ) {
    super(core)
    this.#database = database
    this.#command = command
    this.#options = options
    const { timeoutMS, enableUtf8Validation } = options
    this.#place = inheritInCursor(inherited, { timeoutMS, enableUtf8Validation })
  }

  setBatchSize(batchSize: number): this {
    this.refuseOnceOpen('batchSize')
    this.#further = { ...this.#further, batchSize }
    return this
  }

  setComment(comment: unknown): this {
    this.refuseOnceOpen('comment')
    this.#further = { ...this.#further, comment }
    return this
  }

  /** How long the server waits for documents in each batch, if the command made it a cursor that waits. */
  setMaxTimeMS(maxAwaitTimeMS: number): this {
    this.refuseOnceOpen('maxTimeMS')
    this.#further = { ...this.#further, maxAwaitTimeMS }
    return this
  }

  override get namespace(): MongoDBNamespace {
    return new MongoDBNamespace(this.#database)
  }

  /** Nobody knows whether the command may be sent twice. */
  override clone(): never {
    throw new MongoAPIError('the cursor of a command cannot be cloned: run the command again')
  }

  protected override change(options: ChangeableOptions): never {
    throw new MongoAPIError(
      `the command is sent as it is: say ${Object.keys(options).join()} in the command itself, or by the options or set… methods of this cursor`
    )
  }

  protected override open(): { readonly command: Command<CursorBatch>; readonly options: CursorOptions } {
    const { timeoutMode } = this.#options
    const { timeoutMS } = this.#place
    refuseUnsupported(this.#options)
    refuseTwoLimits(this.#command, timeoutMS)
    const command = runCursorCommand(this.#database, this.#command, preferenceOfCommand(this.#options))
    const kind = kindOf(this.#command, this.#options)
    const run = runOptions(this.#place, this.#options)
    return { command, options: { ...this.#further, ...run, sendsAwaitTime: true, kind, timeoutMode } }
  }
}

/** The reply does not tell. */
function kindOf(
  command: Document,
  { tailable = command['tailable'] === true, awaitData = command['awaitData'] === true }: RunCursorCommandOptions
): CursorKind {
  if (!tailable) return 'plain'
  return awaitData ? 'awaiting' : 'tailable'
}

/** A user's command is sent as it is, so that it cannot have a limit of the server's work beside the whole one's. */
export function refuseTwoLimits(command: Document, timeoutMS: number | undefined): void {
  if (timeoutMS !== undefined && timeoutMS > 0 && command['maxTimeMS'] !== undefined)
    throw new MongoInvalidArgumentError(
      `the command has a maxTimeMS, and timeoutMS ${timeoutMS} sets it: leave one of them out`
    )
}
