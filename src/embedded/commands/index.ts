import type { Command, Services } from '../command.ts'
import type { Replica } from '../replication/index.ts'
import { aggregateCommand } from './aggregate.ts'
import { authenticationCommands } from './authentication.ts'
import { bulkWriteCommand } from './bulk_write.ts'
import { collectionCommands } from './collections.ts'
import { cursorCommands } from './cursors.ts'
import { type DiagnosticServices, diagnosticCommands } from './diagnostics.ts'
import { explainCommand } from './explain.ts'
import { configureFailPointCommand } from './fail_points.ts'
import { findCommand } from './find.ts'
import { findAndModifyCommand } from './find_and_modify.ts'
import { type HandshakeServices, helloCommand } from './handshake.ts'
import { indexCommands } from './indexes.ts'
import { oplogCommands } from './oplog.ts'
import { readCommands } from './reads.ts'
import { replicaSetCommands } from './replication.ts'
import { searchIndexCommands } from './search_indexes.ts'
import { sessionCommands } from './sessions.ts'
import { testCommands } from './test_commands.ts'
import { transactionCommands } from './transactions.ts'
import { type UserServices, userCommands } from './users.ts'
import { writeCommands } from './writes.ts'

interface WithReplica {
  /** Undefined: a standalone. */
  readonly replica: Replica | undefined
}

/** Every command by each of its names. What is not in here is unknown to the member. */
export function commandTable(
  services: Services & HandshakeServices & DiagnosticServices & UserServices & WithReplica
): ReadonlyMap<string, Command> {
  const table = new Map<string, Command>()
  const commands = [
    helloCommand(services),
    ...authenticationCommands(services),
    ...userCommands(services),
    ...diagnosticCommands(services),
    ...sessionCommands(services),
    ...testCommands(),
    configureFailPointCommand(services),
    findCommand(services),
    ...readCommands(services),
    ...cursorCommands(services),
    ...writeCommands(services),
    bulkWriteCommand(services),
    findAndModifyCommand(services),
    aggregateCommand(services),
    ...collectionCommands(services),
    ...indexCommands(services),
    ...searchIndexCommands(),
    ...replicaSetCommands(services),
    explainCommand(services, table),
    ...(services.replica === undefined
      ? []
      : [...oplogCommands(services.replica, services.clock), ...transactionCommands(services.replica)])
  ]
  for (const command of commands)
    for (const name of [command.name, ...(command.aliases ?? [])]) table.set(name, command)
  return table
}

/** What a transaction can run, besides what ends it. Source: the manual's page "Transactions and Operations". */
export const namesInTransactions: ReadonlySet<string> = new Set([
  'find',
  'aggregate',
  'distinct',
  'getMore',
  'killCursors',
  'insert',
  'update',
  'delete',
  'findAndModify',
  'bulkWrite',
  'create',
  'createIndexes'
])

/** Those commands, working on the store and the cursors of these services. */
export function commandsInTransaction(
  services: Services & WithReplica & Pick<DiagnosticServices, 'address'>
): ReadonlyMap<string, Command> {
  const commands = [
    findCommand(services),
    ...readCommands(services),
    ...cursorCommands(services),
    ...writeCommands(services),
    findAndModifyCommand(services),
    bulkWriteCommand(services),
    aggregateCommand(services),
    ...collectionCommands(services),
    ...indexCommands(services)
  ]
  return new Map(commands.filter(({ name }) => namesInTransactions.has(name)).map(command => [command.name, command]))
}

export { authenticationCommands } from './authentication.ts'
export { diagnosticCommands } from './diagnostics.ts'
export { serverInfo } from './explain.ts'
export { configureFailPointCommand } from './fail_points.ts'
export { helloCommand, type Standing } from './handshake.ts'
export { cursorInUse, cursorNamespace, cursorsToKill, killReply, requireUserOf } from './cursors.ts'
export { searchIndexCommands } from './search_indexes.ts'
export { sessionIdsIn } from './sessions.ts'
export { testCommands } from './test_commands.ts'
export { userCommands } from './users.ts'
