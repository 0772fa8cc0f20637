/** Drivers of others on `cenote serve`: CRUD, a step-down, users, and the events of their pools beside cenote's. */
import { transactionCases } from '../../test/integration/cases/transactions.ts'
import { drivers } from '../../test/integration/drivers.ts'
import { MongoClient } from '../../src/client/index.ts'
import { type CertificateFiles, withCertificates } from '../certificates.ts'
import { expectedWith, officialDriverDeviations } from '../expected.ts'
import { judge } from '../judge.ts'
import { part, type Stranger } from '../parts.ts'
import { sharedCases } from '../shared_cases.ts'
import type { CaseResult, Part } from '../summary.ts'
import { goWorker } from './go.ts'
import { nodeWorker } from './node_work.ts'
import { comparisonOf, countsExpectedOf, finds, firstFindMS, maxPoolSize } from './pool_events.ts'
import { pymongoWorker } from './pymongo.ts'
import { type ServedDeployment, whileServing } from './served.ts'
import { changesExpected, crudExpected, stepDownExpected, usersExpected, type Worker } from './work.ts'

const [cenoteDriver, officialDriver] = [drivers[0]!, drivers[1]!]
const cenoteWorker = nodeWorker(cenoteDriver)

/** It has the fail points of the cases alone. */
const oneRouter = ['--sharded', '--routers', '1']

export const officialNodeDriver: Stranger = {
  name: 'mongodb',
  async *run(progress) {
    for (const flags of [['--standalone'], ['--members', '3'], oneRouter]) {
      progress(`integration cases on cenote serve ${flags.join(' ')}`)
      yield await integrationCases(flags)
    }
    progress('transactions')
    for (const flags of [['--members', '3'], oneRouter]) yield await transactions(flags)
    const worker = nodeWorker(officialDriver)
    yield* workOf(worker, progress)
    progress('change streams')
    yield await whileServing(['--members', '3'], ({ uri }) =>
      part('mongodb', 'change streams', async () =>
        compared(changesExpected, await worker.work({ task: 'changes', uri }))
      )
    )
  }
}

export const pyMongo: Stranger = {
  name: 'pymongo',
  async *run(progress) {
    yield* workOf(await pymongoWorker(progress), progress)
  }
}

export const goDriver: Stranger = {
  name: 'go',
  async *run(progress) {
    yield* workOf(await goWorker(progress), progress)
  }
}

/** The cases that run in this process in every test run, over real sockets to another one. */
function integrationCases(flags: readonly string[]): Promise<Part> {
  const onSet = !flags.includes('--standalone')
  return part('mongodb', `integration cases, ${placeNamed(flags)}`, () =>
    whileServing(flags, ({ uri, servers }) =>
      sharedCases({
        uri,
        members: servers,
        driver: officialDriver,
        deviations: officialDriverDeviations,
        expectedOf: expectedWith(officialDriver, onSet)
      })
    )
  )
}

function placeNamed(flags: readonly string[]): string {
  if (flags.includes('--sharded')) return 'a router'
  return flags.includes('--standalone') ? 'standalone' : 'set of three'
}

function transactions(flags: readonly string[]): Promise<Part> {
  return part('mongodb', `transactions, ${placeNamed(flags)}`, () =>
    whileServing(flags, ({ uri, servers }) =>
      sharedCases({
        uri,
        members: servers,
        driver: officialDriver,
        cases: transactionCases,
        deviations: {},
        expectedOf: ({ expected }) => expected
      })
    )
  )
}

const passwordVariable = 'CENOTE_INTEROP_PASSWORD'
const user = 'ada'
const password = 'p@ss: wörd/%'

async function* workOf(worker: Worker, progress: (line: string) => void): AsyncIterable<Part> {
  progress('CRUD on a replica set, and a step-down')
  yield await whileServing(['--members', '3'], ({ uri }) =>
    part(worker.name, 'CRUD and cursors', async () => compared(crudExpected, await worker.work({ task: 'crud', uri })))
  )
  progress('CRUD by way of routers')
  yield await whileServing(['--sharded'], ({ uri }) =>
    part(worker.name, 'CRUD and cursors, two routers', async () =>
      compared(crudExpected, await worker.work({ task: 'crud', uri }))
    )
  )
  yield await whileServing(['--members', '3'], ({ uri }) =>
    part(worker.name, 'a step-down under four writers', async () =>
      compared(stepDownExpected, await worker.work({ task: 'stepDown', uri }))
    )
  )
  progress('users')
  const flags = ['--standalone', '--user', user, '--password-env', passwordVariable]
  yield await whileServing(
    flags,
    ({ uri }) =>
      part(worker.name, 'SCRAM, with a user', async () =>
        compared(usersExpected, await worker.work({ task: 'users', uri, user, password }))
      ),
    { [passwordVariable]: password }
  )
  progress('TLS')
  yield await withCertificates(files => overTLS(worker, files))
  progress('pool events')
  yield await whileServing(['--standalone'], served => poolEvents(worker, served))
}

/** CRUD on a set that takes nothing but TLS; without the authority of its certificate nobody does anything there. */
function overTLS(worker: Worker, { ca, othersCA, server }: CertificateFiles): Promise<Part> {
  return part(worker.name, 'CRUD and cursors over TLS', () =>
    whileServing(['--members', '3', '--tls-certificate-key-file', server], async ({ uri }) => {
      const trusting = (file: string) => `${uri}&tlsCAFile=${encodeURIComponent(file)}`
      const done = compared(crudExpected, await worker.work({ task: 'crud', uri: trusting(ca) }))
      const untrusted = `${trusting(othersCA)}&serverSelectionTimeoutMS=${untrustedMS}`
      return [
        ...done,
        await refused('the authority of others is refused', worker.work({ task: 'crud', uri: untrusted }))
      ]
    })
  )
}

/** So long a driver tries again to reach servers that it does not trust. */
const untrustedMS = 1500

async function refused(name: string, work: Promise<unknown>): Promise<CaseResult> {
  const says = await work.then(
    () => 'it was done',
    (error: Error) => (/certificate|authority/i.test(error.message) ? 'refused' : error.message)
  )
  return { name, ...judge(says, 'refused', undefined) }
}

/** Each expected result by its name; one that nobody expected is a failure as well. */
function compared(
  expected: Readonly<Record<string, unknown>>,
  actual: Readonly<Record<string, unknown>>
): readonly CaseResult[] {
  const names = new Set([...Object.keys(expected), ...Object.keys(actual)])
  return [...names].map(name => ({ name, ...judge(actual[name], expected[name], undefined) }))
}

async function poolEvents(worker: Worker, served: ServedDeployment): Promise<Part> {
  const counts = async (each: Worker) => {
    await slowFirstFinds(served)
    return each.work({ task: 'poolEvents', uri: served.uri, finds, maxPoolSize })
  }
  let notes = ''
  const done = await part(worker.name, 'pool events beside cenote’s', async () => {
    const cenote = await counts(cenoteWorker)
    const other = await counts(worker)
    notes = comparisonOf(worker.name, cenote, other)
    return [
      ...compared(prefixed('cenote', countsExpectedOf('cenote')), prefixed('cenote', cenote)),
      ...compared(prefixed(worker.name, countsExpectedOf(worker.name)), prefixed(worker.name, other))
    ]
  })
  return { ...done, notes }
}

function prefixed(driver: string, counts: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(counts).map(([name, count]) => [`${driver}: ${name}`, count as unknown]))
}

async function slowFirstFinds({ uri }: ServedDeployment): Promise<void> {
  const client = new MongoClient(uri)
  const data = { failCommands: ['find'], blockConnection: true, blockTimeMS: firstFindMS }
  try {
    await client.db('admin').command({ configureFailPoint: 'failCommand', mode: { times: maxPoolSize }, data })
  } finally {
    await client.shutdown()
  }
}
