/** Why a case is not run. */
export interface Skip {
  readonly kind: 'wait-queue-size' | 'single-threaded' | 'skip-reason' | 'feature'
  readonly feature?: 'tls' | 'auth' | 'compression' | 'srv' | 'proxy'
  readonly reason: string
}

/** One case of a file. `run` throws when it failed. */
export interface SpecificationCase {
  readonly name: string
  readonly skip?: Skip
  run(): void | Promise<void>
}

/** Reads the files of one suite. `cases` throws when the file is not what the suite's format says. */
export interface Runner {
  cases(content: unknown, file: string): readonly SpecificationCase[]
}
