import type { Document } from '../bson/index.ts'
import type { OperationOptions, RunCommandOptions } from './types/index.ts'

/** What runs commands: a database. */
interface CommandRunner {
  command(command: Document, options?: RunCommandOptions): Promise<Document>
}

/** Commands of the database `admin`. */
export class Admin {
  readonly #admin: CommandRunner

  constructor(admin: CommandRunner) {
    this.#admin = admin
  }

  command(command: Document, options?: RunCommandOptions): Promise<Document> {
    return this.#admin.command(command, options)
  }

  ping(options?: OperationOptions): Promise<Document> {
    return this.#admin.command({ ping: 1 }, options)
  }
}
