import { MongoError } from '../errors/index.ts'

/**
 * Gives a failure the line that waits for it. An error is made where a reply or a time-out arrives, far from the caller; V8
 * finds the caller by following the chain of awaits from an async function that throws. So on failure, and only then, the
 * caller's promise follows this one. Nothing is paid for success.
 */
export async function rejectedForCaller(error: unknown): Promise<never> {
  // The caller's own `await` must stand in the chain before the stack is captured.
  await nothing
  await nothing
  if (error instanceof Error) {
    if (error instanceof MongoError && !callersOf.has(error)) {
      callersOf.set(error, 1)
      Error.captureStackTrace(error)
    } else addCaller(error)
  }
  throw error
}

const nothing: Promise<void> = Promise.resolve()

/** Errors that callers have been told, and how many callers. */
const callersOf = new WeakMap<Error, number>()

/** One signal may end thousands of operations with one reason: so many of them are named in its stack. */
const callersNamedMax = 8

/**
 * The error is not of the driver's making (a signal's reason), or another caller has it too: it stays as it is, and its
 * stack says besides where it was made who waited for it.
 */
function addCaller(error: Error): void {
  const callers = (callersOf.get(error) ?? 0) + 1
  if (callers > callersNamedMax) return
  callersOf.set(error, callers)
  const here: { stack?: string } = {}
  Error.captureStackTrace(here, addCaller)
  const frames = (here.stack ?? '').split('\n').slice(1)
  // It may be frozen, or its stack may not be to be written: then it stays as it is.
  Reflect.set(error, 'stack', [error.stack, '  while an operation was awaited', ...frames].join('\n'))
}
