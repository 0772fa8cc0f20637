import type { ScramKeys } from '../../auth/index.ts'
import type { Runtime } from '../../runtime/index.ts'
import type { Caller } from '../caller.ts'
import { CommandFailure } from '../failure.ts'
import type { BSONDocument } from '../query/index.ts'
import { Signal } from '../signal.ts'
import { InternalClient, MemberUnreachable, type Peer } from './internal_client.ts'

export interface MemberRequest {
  readonly peer: Peer
  /** What a member proves itself with; undefined: it need not. */
  readonly keys: ScramKeys | undefined
  readonly database: string
  readonly command: BSONDocument
}

/**
 * Has another member run a command for a client of this one, on a connection of its own, for as long as that client waits.
 * @throws {CommandFailure} for an answer that is an error, and where the other member cannot be reached.
 */
export async function askMember(runtime: Runtime, caller: Caller, request: MemberRequest): Promise<BSONDocument> {
  const { peer, keys, database, command } = request
  const client = new InternalClient(runtime, peer)
  const answered = new Signal()
  const answer = client.introduce(keys).then(() => client.command(command, Infinity, database))
  const tell = (): void => answered.notify()
  void answer.then(tell, tell)
  try {
    await caller.pause(Infinity, wake => answered.subscribe(wake))
    return await answer
  } catch (error) {
    if (error instanceof MemberUnreachable) throw new CommandFailure('HostUnreachable', error.message)
    throw error
  } finally {
    await client.close()
  }
}
