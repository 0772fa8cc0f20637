import type { Document } from '../bson/index.ts'
import { MongoInvalidArgumentError } from '../errors/index.ts'
import { administrativeCommand, runCommand } from '../operations/index.ts'
import { primaryReadPreference, readPreferenceFrom } from '../options/index.ts'
import { Admin } from './admin.ts'
import { AggregationCursor } from './aggregation_cursor.ts'
import { Collection } from './collection.ts'
import type { ClientCore } from './core.ts'
import { type HandleOptions, inherit, type Inherited, noOptions, orRejected } from './targets.ts'
import type { AggregateOptions, OperationOptions, RunCommandOptions } from './types/index.ts'

const forbiddenInName = /[/\\. "$\0]/

/** A database. Making a handle costs nothing and asks no server. */
export class Db {
  readonly databaseName: string
  readonly #core: ClientCore
  readonly #inherited: Inherited

  constructor(core: ClientCore, name: string, inherited: Inherited) {
    if (typeof name !== 'string' || name === '' || forbiddenInName.test(name))
      throw new MongoInvalidArgumentError(
        `a database's name is a string with something in it and without / \\ . " $ or a space, not ${JSON.stringify(name)}`
      )
    this.#core = core
    this.databaseName = name
    this.#inherited = inherited
  }

  collection<TSchema extends Document = Document>(name: string, options?: HandleOptions): Collection<TSchema> {
    return new Collection<TSchema>(this.#core, this.databaseName, name, inherit(this.#inherited, options))
  }

  admin(): Admin {
    return new Admin(new Db(this.#core, 'admin', this.#inherited))
  }

  /** Sends the command as it is, to the primary unless a read preference is given here, and resolves with the reply. */
  command(command: Document, options: RunCommandOptions = noOptions): Promise<Document> {
    return orRejected(() => {
      const { readPreference, signal, timeoutMS = this.#inherited.timeoutMS } = options
      if (timeoutMS !== undefined && timeoutMS > 0 && command['maxTimeMS'] !== undefined)
        throw new MongoInvalidArgumentError(
          `the command has a maxTimeMS, and timeoutMS ${timeoutMS} sets it: leave one of them out`
        )
      const preference = readPreference === undefined ? primaryReadPreference : readPreferenceFrom(readPreference)
      const limits = signal === undefined && timeoutMS === undefined ? noOptions : { signal, timeoutMS }
      return this.#core.run(runCommand(this.databaseName, command, preference, this.#core.decodeSites), limits)
    })
  }

  /** A pipeline whose first stage needs no collection. */
  aggregate<T extends Document = Document>(
    pipeline: readonly Document[] = [],
    options: AggregateOptions = {}
  ): AggregationCursor<T> {
    const place = { ...inherit(this.#inherited, options), database: this.databaseName, collection: 1 as const }
    return new AggregationCursor<T>(this.#core, place, pipeline, options)
  }

  async dropDatabase(options: OperationOptions = {}): Promise<boolean> {
    const { signal, timeoutMS = this.#inherited.timeoutMS } = options
    const command = administrativeCommand(this.databaseName, { dropDatabase: 1 }, this.#inherited.writeConcern)
    await this.#core.run(command, { signal, timeoutMS })
    return true
  }
}
