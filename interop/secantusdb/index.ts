import { transactionCases } from '../../test/integration/cases/transactions.ts'
import { type Driver, drivers } from '../../test/integration/drivers.ts'
import { expectedWith } from '../expected.ts'
import type { Stranger } from '../parts.ts'
import { part } from '../parts.ts'
import { sharedCases } from '../shared_cases.ts'
import type { CaseResult } from '../summary.ts'
import { deviations, leftOut } from './deviations.ts'
import { differential } from './differential.ts'
import { exemptions } from './exemptions.ts'
import { installed, serverOf } from './server.ts'
import { tlsCases } from './tls.ts'
import { userCases } from './users.ts'
import { x509Cases } from './x509.ts'

const name = 'secantusdb'

interface Persona {
  readonly what: string
  readonly isSet: boolean
  readonly flags: readonly string[]
  readonly query: string
}

/** Each persona on a fresh server: the flags that make it, and what a connection string needs. */
const personas: readonly Persona[] = [
  { what: 'integration cases, standalone', isSet: false, flags: ['--standalone'], query: '' },
  { what: 'integration cases, set of one', isSet: true, flags: [], query: '?replicaSet=secantus' }
]

/** The cases of the integration tests, on a fresh server. */
async function integrationCases(program: string, persona: Persona, driver: Driver): Promise<readonly CaseResult[]> {
  const server = await serverOf(program, ['--enable-test-commands', ...persona.flags])
  try {
    return await sharedCases({
      uri: `mongodb://${server.address}/${persona.query}`,
      members: [server.address],
      driver,
      deviations: deviations[driver.name],
      leftOut,
      expectedOf: expectedWith(driver, persona.isSet)
    })
  } finally {
    await server.stop()
  }
}

async function transactions(program: string, driver: Driver): Promise<readonly CaseResult[]> {
  const server = await serverOf(program, ['--enable-test-commands'])
  try {
    return await sharedCases({
      uri: `mongodb://${server.address}/?replicaSet=secantus`,
      members: [server.address],
      driver,
      cases: transactionCases,
      deviations: {},
      expectedOf: ({ expected }) => expected
    })
  } finally {
    await server.stop()
  }
}

/** An independent server over a storage engine of its own. */
export const secantusDB: Stranger = {
  name,
  async *run(progress) {
    const program = await installed(progress)
    for (const persona of personas)
      for (const driver of drivers) {
        const what = `${persona.what} with ${driver.name}`
        progress(what)
        yield await part(name, what, () => integrationCases(program, persona, driver))
      }
    for (const driver of drivers) {
      progress(`transactions with ${driver.name}`)
      yield await part(name, `transactions with ${driver.name}`, () => transactions(program, driver))
    }
    progress('the same commands to it and to the embedded deployment')
    const server = await serverOf(program, ['--standalone'])
    try {
      yield await part(name, 'replies beside the embedded ones', () => differential(server.address, exemptions))
    } finally {
      await server.stop()
    }
    progress('users')
    yield await part(name, 'SCRAM, with users', () => userCases(program))
    progress('TLS')
    yield await part(name, 'TLS', () => tlsCases(program))
    progress('users with certificates')
    yield await part(name, 'X.509, with users', () => x509Cases(program))
  }
}
