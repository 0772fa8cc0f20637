/**
 * Gives a failure the line that waits for it. An error is made where a reply or a time-out arrives, far from the caller; V8
 * finds the caller by following the chain of awaits from an async function that throws. So on failure, and only then, the
 * caller's promise follows this one. Nothing is paid for success.
 */
export async function rejectedForCaller(error: unknown): Promise<never> {
  // The caller's own `await` must stand in the chain before the stack is captured.
  await nothing
  await nothing
  // A caller's own reason for giving up may be frozen.
  if (error instanceof Error && Object.isExtensible(error)) Error.captureStackTrace(error)
  throw error
}

const nothing: Promise<void> = Promise.resolve()
