import { type Deployment, startDeployment } from '../../embedded/index.ts'
import type { Runtime } from '../../runtime/index.ts'

/** How long each member takes, so that connections can be seen at work: as long as a server that is far away. */
export const handshakeMS = 40
export const commandMS = 25

const slowCommands = ['insert', 'update', 'delete', 'find', 'aggregate']

/** An embedded replica set of three that is as slow as one over a network. */
export async function startSlowSet(runtime: Runtime): Promise<Deployment> {
  const deployment = await startDeployment({ kind: 'replicaSet', runtime })
  const data = { failCommands: slowCommands, blockConnection: true, blockTimeMS: commandMS }
  for (const member of deployment.members) {
    member.handshakeDelayMS = handshakeMS
    member.configureFailPoint({ configureFailPoint: 'failCommand', mode: 'alwaysOn', data })
  }
  return deployment
}
