import assert from 'node:assert/strict'
import { RoundTripTime } from '../../src/topology/index.ts'
import { caseNameOf, fieldsOf, numberOf } from './content.ts'
import type { Runner } from '../runner.ts'

/** Averages agree to this, in milliseconds: the files round, and binary fractions do too. */
const precisionMS = 1e-9

/** One case a file: an average, a sample, and the next average. */
export const rtt: Runner = {
  cases(content: unknown, file: string) {
    const test = fieldsOf(content, file, ['avg_rtt_ms', 'new_rtt_ms', 'new_avg_rtt'])
    return [
      {
        name: caseNameOf(file),
        run() {
          const roundTripTime = new RoundTripTime()
          if (test['avg_rtt_ms'] !== 'NULL') roundTripTime.add(numberOf(test['avg_rtt_ms'], 'avg_rtt_ms'))
          roundTripTime.add(numberOf(test['new_rtt_ms'], 'new_rtt_ms'))
          const expected = numberOf(test['new_avg_rtt'], 'new_avg_rtt')
          const { averageMS } = roundTripTime
          const near = averageMS !== undefined && Math.abs(averageMS - expected) <= precisionMS
          assert.ok(near, `the average is ${averageMS}, not ${expected}`)
        }
      }
    ]
  }
}
