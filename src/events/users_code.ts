/** What comes back from code of the user's that is called: a listener, a sink of log records. */

/** By shape and not by class: a promise may come from another realm, as under test runners that isolate their files. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}

/** Whatever was thrown, in words; showing it must not throw in turn. */
export function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? String(thrown.message) : String(thrown)
  } catch {
    return 'with a value that cannot be shown'
  }
}
