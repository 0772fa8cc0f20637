import type { Document } from '../bson/index.ts'
import { MongoInvalidArgumentError } from '../errors/index.ts'
import { type Command, type CursorBatch, type CursorOptions, runCursorCommand } from '../operations/index.ts'
import { primaryReadPreference, readPreferenceFrom } from '../options/index.ts'
import type { ClientCore } from './core.ts'
import { AbstractCursor } from './cursor.ts'
import { type Inherited, runOptions } from './targets.ts'
import type { RunCursorCommandOptions } from './types/index.ts'

/** What the cursor in the reply to a command of the user's gives. The setters are about the batches after the first. */
export class RunCommandCursor extends AbstractCursor<Document> {
  readonly #database: string
  readonly #command: Document
  readonly #options: RunCursorCommandOptions
  #further: Pick<CursorOptions, 'batchSize' | 'comment' | 'maxAwaitTimeMS'> = {}

  constructor(
    core: ClientCore,
    database: string,
    command: Document,
    options: RunCursorCommandOptions,
    { timeoutMS }: Inherited
  ) {
    super(core)
    this.#database = database
    this.#command = command
    this.#options = { timeoutMS, ...options }
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

  protected override open(): { readonly command: Command<CursorBatch>; readonly options: CursorOptions } {
    const { readPreference, timeoutMS } = this.#options
    refuseTwoLimits(this.#command, timeoutMS)
    const preference = readPreference === undefined ? primaryReadPreference : readPreferenceFrom(readPreference)
    const command = runCursorCommand(this.#database, this.#command, preference)
    return { command, options: { ...this.#further, ...runOptions({ timeoutMS }, this.#options) } }
  }
}

/** A user's command is sent as it is, so that it cannot have a limit of the server's work beside the whole one's. */
export function refuseTwoLimits(command: Document, timeoutMS: number | undefined): void {
  if (timeoutMS !== undefined && timeoutMS > 0 && command['maxTimeMS'] !== undefined)
    throw new MongoInvalidArgumentError(
      `the command has a maxTimeMS, and timeoutMS ${timeoutMS} sets it: leave one of them out`
    )
}
