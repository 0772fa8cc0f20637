/** Bounds for every wait: a stranger that hangs is a failure with a name, not a run that never ends. */

/** Rejects when `work` takes longer than `limitMS`. The work itself goes on: end what it waits for. */
export async function within<Result>(work: Promise<Result>, limitMS: number, what: string): Promise<Result> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} has not ended within its limit of ${limitMS} ms`)), limitMS)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
