import { deriveKeySync, plainCryptography } from '../node/cryptography.ts'
import type { Cryptography } from '../runtime.ts'
import type { Schedule } from './schedule.ts'
import type { Trace } from './trace.ts'

/** How long a derivation takes in virtual time: long enough that others overtake it. */
const derivationMS = 1

/** Work of the thread pool is an event of its own. */
export function virtualCryptography(schedule: Schedule, trace: Trace): Cryptography {
  return {
    ...plainCryptography,
    deriveKey: (derivation, done) =>
      schedule.at(schedule.nowMS + derivationMS, () => {
        trace.record('derived', `${derivation.hash} ${derivation.iterations}`)
        done(undefined, deriveKeySync(derivation))
      })
  }
}
