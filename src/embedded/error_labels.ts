/** Codes that the server's error table counts as worth a retry (its category RetriableError). */
const retriableCodes: ReadonlySet<number> = new Set([
  6, 7, 89, 91, 134, 189, 262, 317, 358, 384, 402, 406, 407, 412, 453, 462, 9001, 10107, 11600, 11602, 13435, 13436,
  50915, 91331, 10045600
])

/** What decides about the labels that a server puts on an error reply by itself. */
export interface LabelSubject {
  /** Of the error, or of the write concern error of a reply that is otherwise good. */
  readonly code: number | undefined
  /** The command has a txnNumber and is part of no transaction. */
  readonly retryableWrite: boolean
  readonly internal: boolean
}

export function automaticLabels({ code, retryableWrite, internal }: LabelSubject): readonly string[] {
  return !internal && retryableWrite && code !== undefined && retriableCodes.has(code) ? ['RetryableWriteError'] : []
}
