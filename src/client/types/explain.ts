/** How much an explanation tells: a name of the server's; true stands for the most, false for the least. */
export type ExplainVerbosityLike = string | boolean

/** Source: the manual's explain command. */
export interface ExplainCommandOptions {
  readonly verbosity: ExplainVerbosityLike
  /** Milliseconds of the server's own work; 0: no limit. */
  readonly maxTimeMS?: number | undefined
}

export interface ExplainOptions {
  /** Resolves with how the server would carry the operation out, instead of doing it. */
  readonly explain?: ExplainVerbosityLike | ExplainCommandOptions | undefined
}
