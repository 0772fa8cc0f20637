import type { Runtime } from '../../runtime/index.ts'

/** Resolves after so many milliseconds, or as soon as the signal is aborted. `Infinity`: then only. */
export function pause({ timers, clock }: Runtime, durationMS: number, signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = timers.create(ended)
    function ended(): void {
      timer.disarm()
      signal?.removeEventListener('abort', ended)
      resolve()
    }
    signal?.addEventListener('abort', ended)
    timer.armAt(signal?.aborted === true ? clock.nowMS() : clock.nowMS() + durationMS)
  })
}
