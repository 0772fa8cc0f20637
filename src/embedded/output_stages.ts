import type { Arguments } from './arguments.ts'
import { isDocument } from './query/index.ts'

/** The stages that write what comes out of a pipeline. They stand last, and nothing comes out of them. */
export const outputStages: readonly string[] = ['$out', '$merge']

/** The one in which the pipeline of an aggregate ends, if it does. Nothing of the command has been checked. */
export function outputStageOf({ place, body }: Arguments): string | undefined {
  const stages = place === 'aggregate' ? body.get('pipeline') : undefined
  const last = Array.isArray(stages) ? stages.at(-1) : undefined
  return isDocument(last) ? outputStages.find(name => last.has(name)) : undefined
}
