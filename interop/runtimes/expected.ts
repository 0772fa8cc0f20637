/** What the program's steps come to on every runtime, and where one of them is known to give something else. */
import { type Deviations, text } from '../judge.ts'

/** Its result on the first runtime is what all others have to give: from a seed everything follows. */
export const traceStep = 'the trace of a seed'

const found = { _id: 1, n: 1 }

const refused = { name: 'MongoServerSelectionError', saysWhy: true }

export const expected: Readonly<Record<string, unknown>> = {
  'require gives the classes of import': [true, true],
  'CRUD, a cursor and the events of the pool': {
    done: {
      insertedCount: 250,
      sum: 31_125,
      modifiedCount: 10,
      changed: { _id: 1, n: 0 },
      groups: [
        { _id: 0, n: 100 },
        { _id: 1, n: 100 }
      ],
      duplicate: 11_000,
      deletedCount: 50
    },
    pool: ['ready', 0, 0],
    told: {
      connectionPoolCreated: 1,
      connectionPoolReady: 1,
      connectionPoolCleared: 0,
      connectionPoolClosed: 1,
      connectionCreated: 1,
      connectionReady: 1,
      connectionClosed: 1,
      connectionCheckOutStarted: 10,
      connectionCheckOutFailed: 0,
      connectionCheckedOut: 10,
      connectionCheckedIn: 10
    }
  },
  'TLS, SCRAM-SHA-256 and zlib on a replica set': found,
  'a wrong password': { name: 'MongoServerError', code: 18, saysWhy: true },
  'a certificate in place of a password': found,
  'the authority of others': refused,
  'a certificate for another host': refused,
  'plain text where TLS is spoken': refused,
  zstd: found,
  'a step-down under four writers': [100, true],
  'connections that break below the client': [1, { _id: 1 }],
  'a wait for a connection that is too long': ['fulfilled', 'MongoWaitQueueTimeoutError'],
  'an operation that is aborted, and one whose time is over': ['enough', 'MongoOperationTimeoutError', { _id: 1 }],
  'a stack that names the caller’s line': true,
  'command events are told in their caller’s context, pool events outside it': { pool: 'outside', command: 'inside' },
  'driver and replica set on virtual time': { found: { _id: 1, n: 2 }, warnings: 0 },
  'the program tells its version': 'the package’s',
  'cenote serve serves': { _id: 1 }
}

export const onNode20: Deviations = {
  zstd: { reason: 'Node.js has zstd from 22.15 on', result: { thrown: 'MongoInvalidArgumentError', message: text } }
}

export const onBun: Deviations = {
  'a stack that names the caller’s line': {
    reason: 'a stack does not go back through what is awaited, so that an error shows the driver’s lines alone',
    result: false
  }
}
