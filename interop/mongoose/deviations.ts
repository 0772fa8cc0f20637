/** Where mongoose's program gives another result with cenote than with the official driver, and why. */
import type { Deviations } from '../judge.ts'

export const deviations: Deviations = {}
