import { drivers } from '../../test/integration/drivers.ts'
import type { Stranger } from '../parts.ts'
import { part } from '../parts.ts'
import { sharedCases } from '../shared_cases.ts'
import { deviations, leftOut } from './deviations.ts'
import { differential } from './differential.ts'
import { exemptions } from './exemptions.ts'
import { installed, serverOf } from './server.ts'
import { tlsCases } from './tls.ts'
import { userCases } from './users.ts'

const name = 'secantusdb'

/** Each persona on a fresh server: the flags that make it, and what a connection string needs. */
const personas = [
  { what: 'integration cases, standalone', flags: ['--standalone'], query: '' },
  { what: 'integration cases, set of one', flags: [], query: '?replicaSet=secantus' }
] as const

/** An independent server over a storage engine of its own. */
export const secantusDB: Stranger = {
  name,
  async *run(progress) {
    const program = await installed(progress)
    for (const { what, flags, query } of personas) {
      progress(what)
      const server = await serverOf(program, ['--enable-test-commands', ...flags])
      try {
        yield await part(name, what, () =>
          sharedCases({
            uri: `mongodb://${server.address}/${query}`,
            members: [server.address],
            driver: drivers[0]!,
            deviations,
            leftOut,
            expectedOf: ({ expected }) => expected
          })
        )
      } finally {
        await server.stop()
      }
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
  }
}
