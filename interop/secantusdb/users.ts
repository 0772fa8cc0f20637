/** SCRAM on a server that none of us wrote, and which computes its half with code of its own. */
import { MongoClient } from '../../src/client/index.ts'
import { ran } from '../parts.ts'
import type { CaseResult } from '../summary.ts'
import { found, judgedFind } from './judged_find.ts'
import { withUsers } from './server.ts'

/** Made for one run on a loopback address. Its soft hyphen is one of the characters that SASLprep takes away. */
const password = 'p@ss: wörd/%\u00adx'
const passwordPrepared = password.replace('\u00ad', '')

const users = [
  { name: 'both', mechanisms: ['SCRAM-SHA-256', 'SCRAM-SHA-1'] },
  { name: 'new', mechanisms: ['SCRAM-SHA-256'] },
  { name: 'old', mechanisms: ['SCRAM-SHA-1'] }
] as const

interface Try {
  readonly title: string
  readonly user?: string
  readonly password?: string
  readonly authMechanism?: string
  /** What a find of the one document there is ends with. */
  readonly expected: unknown
}

const refused = { error: 'MongoServerError', code: 18 }

const tries: readonly Try[] = [
  { title: 'SCRAM-SHA-256, negotiated', user: 'both', expected: found },
  { title: 'SCRAM-SHA-256, negotiated, for a user with nothing else', user: 'new', expected: found },
  { title: 'SCRAM-SHA-1, negotiated', user: 'old', expected: found },
  { title: 'SCRAM-SHA-256, chosen', user: 'both', authMechanism: 'SCRAM-SHA-256', expected: found },
  { title: 'SCRAM-SHA-1, chosen', user: 'both', authMechanism: 'SCRAM-SHA-1', expected: found },
  {
    title: 'SCRAM-SHA-256, the password as SASLprep makes it',
    user: 'new',
    password: passwordPrepared,
    expected: found
  },
  { title: 'a wrong password is refused', user: 'both', password: 'x', expected: refused },
  { title: 'a wrong password is refused, SCRAM-SHA-1', user: 'old', password: 'x', expected: refused },
  { title: 'an unknown user is refused', user: 'nobody', expected: refused },
  {
    title: 'SCRAM-SHA-1 for a user without it is refused',
    user: 'new',
    authMechanism: 'SCRAM-SHA-1',
    expected: refused
  },
  {
    title: 'SCRAM-SHA-256 for a user without it is refused',
    user: 'old',
    authMechanism: 'SCRAM-SHA-256',
    expected: refused
  },
  { title: 'without a user every command is refused', expected: { error: 'MongoServerError', code: 13 } }
]

export function userCases(program: string): Promise<CaseResult[]> {
  return withUsers(program, [], createUsers, async address => {
    const results: CaseResult[] = []
    for (const each of tries) results.push(await ran(each.title, () => tried(address, each)))
    return results
  })
}

async function createUsers(address: string): Promise<void> {
  const client = new MongoClient(`mongodb://${address}/`, { directConnection: true })
  try {
    await client.db('shop').collection<{ _id: number }>('orders').insertOne(found)
    for (const { name, mechanisms } of users)
      await client
        .db('admin')
        .command({ createUser: name, pwd: password, roles: ['root'], mechanisms: [...mechanisms] })
  } finally {
    await client.shutdown()
  }
}

function tried(address: string, { user, password: given = password, authMechanism, expected }: Try) {
  const options = {
    ...(user === undefined ? {} : { auth: { username: user, password: given } }),
    ...(authMechanism === undefined ? {} : { authMechanism })
  }
  return judgedFind(address, options, expected)
}
