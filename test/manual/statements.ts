/** What the manual's two pages state, in our words, and the tests that show it. `docs/manual/statements.md` is made of it. */
import type { Statement } from '../../tools/statements.ts'

const connectionPools: readonly Omit<Statement, 'page'>[] = [
  {
    id: 'reuse',
    says: 'An operation takes a connection out of the pool, runs on it and gives it back; the next one uses it again.',
    tests: [
      'connections on demand › one operation after the other uses one connection; two at once open a second',
      'who is served › the connection used last is handed out first'
    ]
  },
  {
    id: 'client',
    says: 'A client finds the servers of its deployment, watches them and manages their connections by itself.',
    tests: [
      'one pool for each server › from one host of the connection string all servers of the set are found, each with a pool of its own',
      'the example of a client with the defaults works, with these options'
    ]
  },
  {
    id: 'pool-per-server',
    says: 'Each client has one pool for each server of the deployment, and shares none.',
    tests: [
      'one pool for each server › from one host of the connection string all servers of the set are found, each with a pool of its own',
      'one pool for each server › two clients share no pool'
    ]
  },
  {
    id: 'on-demand',
    says: 'Without a minPoolSize connections are opened when operations that run at once need them.',
    tests: [
      'sockets › each server is monitored on two sockets, six for three servers, and no others are opened before an operation',
      'connections on demand › one operation after the other uses one connection; two at once open a second'
    ]
  },
  {
    id: 'defaults',
    says: 'By default maxPoolSize is 10, maxConnecting 2, minPoolSize 0, and there is no limit on idle time.',
    tests: [
      'every default is filled in; those of the manual are 10, 0, 2 and 0',
      'connections on demand › a client without options has pools of at most 10 connections, 2 dialled at once, no minimum, no idle limit',
      'connections on demand › without an idle limit a connection is kept for a year'
    ]
  },
  {
    id: 'options-before-client',
    says: 'The options are read from a connection string, changed field by field, and then handed to a new client.',
    tests: [
      "the manual's way works: parse, change fields, resolve",
      'the example of a client with all four options works, with these options'
    ]
  },
  {
    id: 'max-pool-size',
    says: 'A pool never has more connections than maxPoolSize.',
    reading: 'those that are still being dialled count too',
    tests: [
      'dials › a dial begins only while the total is below maxPoolSize, pending ones counted',
      'no sequence of steps breaks an invariant, and nobody is served before somebody who came earlier'
    ]
  },
  {
    id: 'max-pool-size-wait',
    says: 'When maxPoolSize connections are in use, a further request waits until one is given back.',
    reading: 'it also goes on when one closes instead: a new one is then dialled for it',
    tests: [
      'maxPoolSize › while so many connections are in use the next operation waits, until one is given back',
      'who is served › waiters are served first come, first served, whoever owned the dial that landed'
    ]
  },
  {
    id: 'max-pool-size-raised',
    says: 'A larger maxPoolSize, such as 20, lets more operations run at once.',
    tests: [
      'maxPoolSize › 20 of it let 20 operations run at once',
      'the example of larger pools works, with these options'
    ]
  },
  {
    id: 'monitoring-sockets',
    says: 'Besides the pools, a client opens two sockets for each server to monitor it.',
    reading:
      'while the server streams its state; one that is polled needs one socket, which measures round-trip times too',
    tests: [
      'checks › the first check is the handshake, then the server streams: two sockets, and each reply is a check',
      'sockets › each server is monitored on two sockets, six for three servers, and no others are opened before an operation'
    ]
  },
  {
    id: 'six-sockets',
    says: 'Three servers are monitored on six sockets.',
    tests: [
      'sockets › each server is monitored on two sockets, six for three servers, and no others are opened before an operation'
    ]
  },
  {
    id: 'sixteen-sockets',
    says: 'With the default maxPoolSize and work on the primary alone, three servers take at most 16 sockets: 10 and 6.',
    tests: ['sockets › three servers of which only the primary is used take at most 16 sockets with maxPoolSize 10']
  },
  {
    id: 'thirty-six-sockets',
    says: 'When secondaries are read from too, their pools fill as well: at most 36 sockets, 30 and 6.',
    tests: ['sockets › three servers that are all read from take at most 36 sockets with maxPoolSize 10']
  },
  {
    id: 'max-connecting',
    says: 'A pool establishes no more than maxConnecting connections at the same time.',
    reading: 'establishing lasts until the handshake has ended',
    tests: [
      'dials › pending lasts until the handshake has ended: maxConnecting bounds the whole of it',
      'no sequence of steps breaks an invariant, and nobody is served before somebody who came earlier'
    ]
  },
  {
    id: 'max-connecting-third-dial',
    says: 'With maxConnecting 2, the third request goes on when a dial ends and maxPoolSize allows another connection.',
    reading:
      'a dial begins only while the total is below maxPoolSize; a total equal to it allows no further connection, and the request waits',
    tests: [
      'maxConnecting › the third operation that needs a connection is not dialled for before one of two dials has ended',
      'dials › a dial begins only while the total is below maxPoolSize, pending ones counted'
    ]
  },
  {
    id: 'max-connecting-third-return',
    says: 'Or the third request goes on with a connection that is given back.',
    reading: 'requests are served in the order in which they came, so one that came before the third goes first',
    tests: [
      'maxConnecting › the third operation is served by a connection that comes back while two dials are under way',
      'who is served › a connection that comes back serves the first waiter, and its dial joins the pool when it lands'
    ]
  },
  {
    id: 'max-connecting-raised',
    says: 'A larger maxConnecting, such as 3, lets a pool establish more connections in parallel.',
    tests: [
      'maxConnecting › 3 of it let a pool dial three connections at once',
      'the example of more dials at once works, with these options'
    ]
  },
  {
    id: 'min-pool-size-start',
    says: 'A pool with a minPoolSize opens that many connections at its start.',
    reading: 'once the server is found in order, maxConnecting at a time, and only for servers that bear data',
    tests: [
      'minPoolSize › so many connections are opened before any operation asks for one',
      'dials › population fills by completion: where a dial ends the next begins, within maxConnecting',
      'the example of a minimum of connections works, with these options'
    ]
  },
  {
    id: 'min-pool-size-kept',
    says: 'When idle ones and those in use together fall below minPoolSize, new ones are opened up to it.',
    reading: 'while the pool is ready; after a dial that failed the next attempt waits a little longer each time',
    tests: [
      'minPoolSize › connections that are lost are replaced up to it, with no operation under way',
      'dials › population counts what is in use: minPoolSize is of idle and in-use ones together',
      'the back-off of population › with minPoolSize 5 and all dials refused there are 5 to 20 of them in 10 s'
    ]
  },
  {
    id: 'max-idle-time',
    says: 'A connection that has been idle for maxIdleTimeMS is closed.',
    reading: 'also with no traffic at all; time in use does not count',
    tests: [
      'maxIdleTimeMS › a connection idle for 90 s is closed with no traffic, and not before; with minPoolSize it is replaced',
      'idle connections › an expired one is not handed out, however late the timer is',
      'idle connections › the time in use does not count',
      'the example of a limit on idle time works, with these options'
    ]
  },
  {
    id: 'max-idle-time-replaced',
    says: 'It is replaced.',
    reading: 'as needed: when minPoolSize or an operation needs another connection, and not otherwise',
    tests: [
      'idle connections › one idle for maxIdleTimeMS closes with no traffic, and is not replaced above the minimum',
      'idle connections › below the minimum it is replaced'
    ]
  },
  {
    id: 'shutdown-idle',
    says: 'Shutdown closes all idle connections.',
    reading:
      'first they carry to the servers what is over, cursors and sessions; while operations are in progress the very last connection tells of the sessions',
    tests: [
      'shutdown › idle connections close at once, one in use when its operation has ended, and the operation succeeds',
      'draining › the very last connection stays idle when it comes back, if it is asked to'
    ]
  },
  {
    id: 'shutdown-in-use',
    says: 'Shutdown closes a connection in use when it is given back.',
    reading: 'unless an operation that began before the shutdown waits for it: that one runs first',
    tests: [
      'shutdown › idle connections close at once, one in use when its operation has ended, and the operation succeeds',
      'a pool that is ready, draining › checkIn: goes to the first waiter, whose dial ends if no other waiter needs it; else closes (poolClosed)'
    ]
  },
  {
    id: 'shutdown-interrupts-nothing',
    says: 'Shutdown interrupts no operation.',
    reading: 'unless it is given a timeoutMS or a signal, which are there for that',
    tests: [
      'shutdown › idle connections close at once, one in use when its operation has ended, and the operation succeeds'
    ]
  },
  {
    id: 'process-exit',
    says: 'What is open when the process exits is closed then.',
    reading: 'by the operating system',
    tests: ['shutdown › a process that exits without it leaves no socket open']
  }
]

const everyClass =
  'events › the eleven have the manual’s class names, the specification’s fields, and cannot be changed'
const oneOperation =
  'the eleven events › an operation on an empty pool is told as started, created, ready, checked out, checked in'
const poolLife =
  'the eleven events › a pool tells that it is made, ready, cleared, ready again and closed, in this order'

const monitoring: readonly Omit<Statement, 'page'>[] = [
  {
    id: 'subscribe',
    says: 'A program can subscribe to one pool event or several.',
    tests: [
      'ways to subscribe › one event alone can be listened to',
      'ways to subscribe › a handler that is one function: all eleven kinds are heard, in the one order',
      'ways to subscribe › a handler with a method for each class: all eleven kinds are heard, in the one order',
      'ways to subscribe › listeners of the client: all eleven kinds are heard, in the one order',
      'ways to subscribe › a stream: all eleven kinds are heard, in the one order',
      'ways to subscribe › the diagnostics channels: all eleven kinds are heard, in the one order'
    ]
  },
  {
    id: 'subscribe-example',
    says: 'A handler for ConnectionCreatedEvent that is among the options prints each event.',
    tests: [
      'the example of a handler prints the event of a connection that is created',
      'the example of a listener prints the event of a connection that is created'
    ]
  },
  {
    id: 'pool-created',
    says: 'PoolCreatedEvent, with address and options: a pool was made.',
    reading: 'the options are those of the pool that differ from their defaults',
    tests: [everyClass, poolLife, 'a pool tells the pool options that are not the default, and no others']
  },
  {
    id: 'pool-ready',
    says: 'PoolReadyEvent, with address: the pool hands out connections from now on.',
    tests: [everyClass, poolLife]
  },
  {
    id: 'pool-cleared',
    says: 'PoolClearedEvent, with address and serviceId: the pool was cleared.',
    reading: 'serviceId is undefined unless the deployment is behind a load balancer',
    tests: [
      everyClass,
      poolLife,
      'behind a load balancer › a clear of one backend pauses nothing, refuses nobody, and closes that backend’s connections only'
    ]
  },
  {
    id: 'pool-closed',
    says: 'PoolClosedEvent, with address: the pool was closed, before its server is given up.',
    tests: [
      everyClass,
      'the eleven events › a pool is told as closed before its server is',
      'one change is one step › a server that leaves the set has its pool closed before it is told as closed'
    ]
  },
  {
    id: 'connection-created',
    says: 'ConnectionCreatedEvent, with address and connectionId: a connection was made, perhaps for no operation.',
    tests: [everyClass, oneOperation, 'minPoolSize › so many connections are opened before any operation asks for one']
  },
  {
    id: 'connection-ready',
    says: 'ConnectionReadyEvent, with address and connectionId: the handshake has succeeded.',
    tests: [
      everyClass,
      oneOperation,
      'maxConnecting › the third operation that needs a connection is not dialled for before one of two dials has ended'
    ]
  },
  {
    id: 'connection-closed',
    says: 'ConnectionClosedEvent, with address, connectionId and reason: a connection was closed.',
    reading: 'the reason is stale, idle, error or poolClosed',
    tests: [
      everyClass,
      'maxIdleTimeMS › a connection idle for 90 s is closed with no traffic, and not before; with minPoolSize it is replaced',
      'shutdown › idle connections close at once, one in use when its operation has ended, and the operation succeeds',
      'idle connections › one that the server closes is told as closed at once: error, nothing is cleared, replaced below the minimum'
    ]
  },
  {
    id: 'check-out-started',
    says: 'ConnectionCheckOutStartedEvent, with address: an operation asks for a connection.',
    tests: [everyClass, oneOperation]
  },
  {
    id: 'check-out-failed',
    says: 'ConnectionCheckOutFailedEvent, with address and reason: an operation got no connection.',
    reading: 'the reason is timeout, connectionError or poolClosed',
    tests: [
      everyClass,
      'the eleven events › an operation that gets no connection is told as failed, and never as checked out',
      'who is told, and when › a check-out that is refused at once is told so, with the event before'
    ]
  },
  {
    id: 'checked-out',
    says: 'ConnectionCheckedOutEvent, with address and connectionId: an operation got a connection.',
    tests: [everyClass, oneOperation]
  },
  {
    id: 'checked-in',
    says: 'ConnectionCheckedInEvent, with address and connectionId: a connection was given back after an operation.',
    tests: [everyClass, oneOperation]
  }
]

export const statements: readonly Statement[] = [
  ...connectionPools.map(statement => ({ ...statement, page: 'connection pools' as const })),
  ...monitoring.map(statement => ({ ...statement, page: 'connection pool monitoring' as const }))
]
