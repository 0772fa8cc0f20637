/** A MongoDB deployment in the process: for tests, demos and simulation, and for nothing that has to last. */
export { virtualRuntime, type VirtualRuntime, type VirtualRuntimeOptions } from '../runtime/virtual/index.ts'
export { Deployment, type DeploymentOptions, startDeployment } from './deployment.ts'
export type { DeploymentTLS } from './tls.ts'
export { CommandFailure } from './failure.ts'
export type { ClientConnections, ConnectionFacts, MemberConnections } from './connection_table.ts'
export type { Member } from './member.ts'
export type { UserMechanism, UserOptions } from './users.ts'
export type { ConnectionPurpose } from './server/server_connection.ts'
