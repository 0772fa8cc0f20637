import { CommandFailure } from './failure.ts'

/** Stages that a search process answers, which there is beside servers of Atlas alone. */
export const searchStages: readonly string[] = ['$search', '$searchMeta', '$vectorSearch', '$listSearchIndexes']

/** As a server without a search process refuses what is for that. `what`: a command or a stage. */
export function searchNotEnabled(what: string): CommandFailure {
  return new CommandFailure(
    'SearchNotEnabled',
    `${what} needs MongoDB Atlas, or a local deployment of its command line tool: there is no search in the embedded deployment`
  )
}
