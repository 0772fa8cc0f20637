import type { Document } from '../bson/index.ts'
import { listDatabasesCommand } from '../operations/index.ts'
import type { ClientCore } from './core.ts'
import { inherit, type Inherited, noOptions, orRejected, runOptions, serverLimit } from './targets.ts'
import type { ListDatabasesOptions, ListDatabasesResult, OperationOptions, RunCommandOptions } from './types/index.ts'

/** What runs commands: a database. */
interface CommandRunner {
  command(command: Document, options?: RunCommandOptions): Promise<Document>
}

/** Commands of the database `admin`. */
export class Admin {
  readonly #core: ClientCore
  readonly #admin: CommandRunner
  readonly #inherited: Inherited

  constructor(core: ClientCore, admin: CommandRunner, inherited: Inherited) {
    this.#core = core
    this.#admin = admin
    this.#inherited = inherited
  }

  command(command: Document, options?: RunCommandOptions): Promise<Document> {
    return this.#admin.command(command, options)
  }

  ping(options?: OperationOptions): Promise<Document> {
    return this.#admin.command({ ping: 1 }, options)
  }

  buildInfo(options?: OperationOptions): Promise<Document> {
    return this.#admin.command({ buildInfo: 1 }, options)
  }

  serverStatus(options?: OperationOptions): Promise<Document> {
    return this.#admin.command({ serverStatus: 1 }, options)
  }

  replSetGetStatus(options?: OperationOptions): Promise<Document> {
    return this.#admin.command({ replSetGetStatus: 1 }, options)
  }

  listDatabases(options: ListDatabasesOptions = noOptions): Promise<ListDatabasesResult> {
    return orRejected(() => {
      const { filter, nameOnly, authorizedDatabases, comment } = options
      const { timeoutMS, enableUtf8Validation } = options
      const place = inherit(this.#inherited, { timeoutMS, enableUtf8Validation })
      const maxTimeMS = serverLimit(place, options.maxTimeMS)
      const command = listDatabasesCommand({ filter, nameOnly, authorizedDatabases, comment, maxTimeMS })
      return this.#core.run(command, runOptions(place, options)) as Promise<Document> as Promise<ListDatabasesResult>
    })
  }
}
