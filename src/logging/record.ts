import type { LogComponent, LogSeverity } from '../options/index.ts'

/** What a message says. Keys are the specifications'; all values are plain, so that JSON shows them whole. */
export type LogFields = Readonly<Record<string, unknown>>

/** One message, before it has a time. */
export interface LogMessage {
  readonly component: LogComponent
  readonly severity: LogSeverity
  /** `message` first; nothing is undefined. */
  readonly fields: LogFields
}

/** One message as a sink gets it: as that of the official driver. Immutable. */
export interface LogRecord {
  readonly t: Date
  /** Component. */
  readonly c: LogComponent
  /** Severity. */
  readonly s: LogSeverity
  readonly message: string
  readonly [key: string]: unknown
}

/** Where records go. */
export interface LogSink {
  /**
   * Called for one record after the other, in the order of what happened. A promise: the next record waits until it settles.
   * What is thrown, or rejected with, is told once as a process warning and changes nothing.
   */
  write(record: LogRecord): unknown
}

export function recordOf({ component, severity, fields }: LogMessage, epochMS: number): LogRecord {
  return Object.freeze({ t: new Date(epochMS), c: component, s: severity, message: '', ...fields })
}
