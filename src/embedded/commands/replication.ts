import type { Clock } from '../../runtime/index.ts'
import type { Call, Command } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import type { BSONDocument, BSONValue } from '../query/index.ts'
import { opTimeDocument, type Replica, type SetView } from '../replication/index.ts'
import { double, empty, fields, int32, int64, type Reply, type ReplyValue } from '../reply.ts'

interface SetServices {
  /** Undefined: a standalone, which refuses these commands. */
  readonly replica: Replica | undefined
  readonly clock: Clock
}

const stepDownPeriodSeconds = 60
const catchUpPeriodSeconds = 10

export function replicaSetCommands({ replica, clock }: SetServices): Command[] {
  const inSet =
    (run: (replica: Replica, call: Call) => Reply | Promise<Reply>): Command['run'] =>
    call => {
      if (replica !== undefined) return run(replica, call)
      throw new CommandFailure('NoReplicationEnabled', 'not running with --replSet')
    }
  const stepDownFields = { taken: ['secondaryCatchUpPeriodSecs', 'force'] }
  return [
    { ...plain, name: 'replSetStepDown', fields: stepDownFields, run: inSet(stepDown) },
    { ...plain, name: 'replSetFreeze', run: inSet(freeze) },
    { ...plain, name: 'replSetGetConfig', run: inSet(({ set }) => fields<ReplyValue>({ config: configOf(set) })) },
    { ...plain, name: 'replSetGetStatus', run: inSet(member => statusOf(member, clock)) }
  ]
}

const plain = {
  fields: { taken: [] },
  access: 'anywhere',
  concerns: 'none',
  inStableAPI: false,
  adminOnly: true
} as const

async function stepDown(replica: Replica, { arguments: given }: Call): Promise<Reply> {
  const periodSeconds = given.count('replSetStepDown') ?? stepDownPeriodSeconds
  const force = given.boolean('force')
  const catchUpSeconds = given.count('secondaryCatchUpPeriodSecs') ?? (force ? 0 : catchUpPeriodSeconds)
  if (periodSeconds < catchUpSeconds) {
    throw new CommandFailure('BadValue', 'stepdown period must be longer than secondaryCatchUpPeriodSecs')
  }
  await replica.set.stepDown(replica, { periodMS: periodSeconds * 1000, catchUpMS: catchUpSeconds * 1000, force })
  return empty
}

function freeze(replica: Replica, { arguments: given }: Call): Reply {
  const seconds = given.count('replSetFreeze') ?? 0
  if (replica.leadership !== undefined) {
    throw new CommandFailure('NotSecondary', 'cannot freeze node when primary or running for election. state: Primary')
  }
  replica.set.freeze(replica, seconds * 1000)
  return empty
}

function configOf({ name, version, term, hosts }: SetView): BSONDocument {
  return fields<BSONValue>({
    _id: name,
    version: int32(version),
    term: int64(term),
    members: hosts.map((host, index) => fields<BSONValue>({ _id: int32(index), host, priority: double(1) }))
  })
}

const states = {
  primary: { number: 1, name: 'PRIMARY' },
  secondary: { number: 2, name: 'SECONDARY' },
  copying: { number: 5, name: 'STARTUP2' },
  down: { number: 8, name: '(not reachable/healthy)' }
} as const

function statusOf(replica: Replica, clock: Clock): Reply {
  const { set } = replica
  return fields<BSONValue>({
    set: set.name,
    date: new Date(clock.epochMS()),
    myState: int32(states[replica.state].number),
    term: int64(set.term),
    members: set.replicas.map(each => memberStatus(each, each === replica))
  })
}

function memberStatus({ index, source, state, lastOpTime }: Replica, self: boolean): BSONDocument {
  return fields<BSONValue>({
    _id: int32(index),
    name: source.address,
    health: double(state === 'down' ? 0 : 1),
    state: int32(states[state].number),
    stateStr: states[state].name,
    optime: opTimeDocument(lastOpTime),
    ...(self ? { self } : {})
  })
}
