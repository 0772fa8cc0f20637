import { Arguments } from '../arguments.ts'
import type { Call, Command } from '../command.ts'
import { badValue, CommandFailure } from '../failure.ts'
import { type BSONValue, isDocument } from '../query/index.ts'
import { empty, fields, type Reply, type ReplyValue } from '../reply.ts'
import type { Role, User, UserDirectory, UserMechanism } from '../users.ts'

export interface UserServices {
  readonly users: UserDirectory
}

/** The users are the deployment's: what one member is told of them all of them know at once. */
export function userCommands({ users }: UserServices): Command[] {
  return [
    {
      ...changing,
      name: 'createUser',
      fields: {
        taken: ['pwd', 'roles', 'mechanisms', 'digestPassword'],
        refused: { customData: 'data of users', authenticationRestrictions: 'restrictions of users' }
      },
      run: call => createUser(users, call)
    },
    { ...changing, name: 'dropUser', fields: { taken: [] }, run: call => dropUser(users, call) },
    {
      name: 'usersInfo',
      access: 'read',
      concerns: 'none',
      inStableAPI: false,
      onExternal: true,
      fields: {
        taken: [],
        refused: { showCredentials: 'keys to show', showPrivileges: 'privileges', filter: 'filter of users' }
      },
      run: call => usersInfo(users, call)
    }
  ]
}

const changing = { access: 'write', concerns: 'write', inStableAPI: false, onExternal: true } as const

const userExists = 51003

async function createUser(users: UserDirectory, { arguments: given, database }: Call): Promise<Reply> {
  const name = given.requiredString('createUser')
  if (!given.boolean('digestPassword', true))
    throw badValue('createUser takes the password itself: digestPassword is true')
  const mechanisms = given.array('mechanisms') as readonly UserMechanism[] | undefined
  const password = given.string('pwd')
  const user = {
    name,
    database,
    ...(password === undefined ? {} : { password }),
    ...(mechanisms === undefined ? {} : { mechanisms })
  }
  const added = await users.add(user, rolesOf(given, database))
  if (added === 'exists') throw new CommandFailure(userExists, `User "${name}@${database}" already exists`)
  if (added !== 'added') throw badValue(`the user ${added}`)
  return empty
}

function rolesOf(given: Arguments, database: string): Role[] {
  return (given.array('roles') ?? []).map((role, index) => {
    if (typeof role === 'string') return { role, db: database }
    if (!isDocument(role)) throw given.wrongType(`roles.${index}`, role, 'object')
    const one = new Arguments('createUser.roles', role)
    return { role: one.requiredString('role'), db: one.requiredString('db') }
  })
}

function dropUser(users: UserDirectory, { arguments: given, database }: Call): Reply {
  const name = given.requiredString('dropUser')
  if (users.remove(database, name)) return empty
  throw new CommandFailure('UserNotFound', `User '${name}@${database}' not found`)
}

/** Of all users of the database with `usersInfo: 1`, else of those that are named: a name, `{ user, db }`, or an array. */
function usersInfo(users: UserDirectory, { arguments: given, database }: Call): Reply {
  const wanted = given.required('usersInfo')
  const find = (db: string, name: string): User | undefined => users.of(db).find(user => user.name === name)
  const named = (value: BSONValue): User | undefined => {
    if (typeof value === 'string') return find(database, value)
    if (!isDocument(value)) throw given.wrongType('usersInfo', value, 'object')
    const one = new Arguments('usersInfo.usersInfo', value)
    return find(one.requiredString('db'), one.requiredString('user'))
  }
  const found =
    typeof wanted === 'string' || isDocument(wanted)
      ? [named(wanted)]
      : Array.isArray(wanted)
        ? wanted.map(named)
        : users.of(database)
  return fields<ReplyValue>({ users: found.flatMap(user => (user === undefined ? [] : [described(user)])) })
}

function described({ name, database, roles, mechanisms }: User): Map<string, BSONValue> {
  return fields<BSONValue>({
    _id: `${database}.${name}`,
    user: name,
    db: database,
    roles: roles.map(({ role, db }) => fields({ role, db })),
    mechanisms: [...mechanisms]
  })
}
