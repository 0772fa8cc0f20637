import {
  freshNonce,
  isScram,
  readPlainMessage,
  type ScramMechanism,
  ScramServer,
  MechanismViolation
} from '../auth/index.ts'
import { Binary } from '../bson/index.ts'
import type { Runtime } from '../runtime/index.ts'
import type { Arguments } from './arguments.ts'
import type { Caller } from './caller.ts'
import { CommandFailure } from './failure.ts'
import { fields, int32, type Reply, type ReplyValue } from './reply.ts'
import { externalDatabase, memberUser, type User, type UserDirectory } from './users.ts'

/** Who a connection belongs to, and the conversation that may change it. */
export class Login {
  user: User | undefined = undefined
  conversation: Conversation | undefined = undefined

  /** Whether another member of the set is at the other end, and has proved it. */
  get isMember(): boolean {
    return this.user?.name === memberUser.name && this.user.database === memberUser.database
  }
}

/** That of a member of the set, which need not prove it within the process. */
export function memberLogin(users: UserDirectory): Login {
  const login = new Login()
  login.user = users.find(memberUser.database, memberUser.name)
  return login
}

type Conversation =
  | { readonly is: 'challenged'; readonly scram: Scram }
  /** The user is accepted, and the client wants an empty message more. */
  | { readonly is: 'ending'; readonly user: User }

interface Scram {
  readonly server: ScramServer
  readonly user: User | undefined
  readonly mechanism: ScramMechanism
  readonly skipEmptyExchange: boolean
}

const conversationId = 1

/**
 * Takes the commands of authentication. Where there is a password every failure looks alike. As on the server a user who lacks the mechanism is refused
 * at the first message: drivers take an answer to it as the sign that the mechanism is the user's.
 */
export class Authenticator {
  readonly #users: UserDirectory
  readonly #outside: Pick<Runtime, 'cryptography' | 'chance'>

  constructor(users: UserDirectory, outside: Pick<Runtime, 'cryptography' | 'chance'>) {
    this.#users = users
    this.#outside = outside
  }

  /** The mechanisms of a user, `database.name`; undefined for one who does not exist. */
  mechanismsOf(user: string): readonly string[] | undefined {
    const dot = user.indexOf('.')
    return this.#users.find(user.slice(0, dot), user.slice(dot + 1))?.mechanisms
  }

  /** `saslStart`, by itself or along with a hello. */
  start(login: Login, database: string, given: Arguments): Reply | Promise<Reply> {
    login.conversation = undefined
    login.user = undefined
    const mechanism = given.requiredString('mechanism')
    const payload = payloadOf(given)
    if (mechanism === 'PLAIN') return this.#plain(login, database, payload)
    if (!isScram(mechanism)) {
      throw new CommandFailure(
        'MechanismUnavailable',
        `Received authentication for mechanism ${mechanism} which is unknown or not enabled`
      )
    }
    return this.#challenge(login, database, { mechanism, payload, options: given.document('options') })
  }

  /** `saslContinue`: the next message of the conversation. */
  proceed(login: Login, given: Arguments): Reply {
    const { conversation } = login
    login.conversation = undefined
    if (conversation === undefined || given.whole('conversationId') !== conversationId) {
      throw new CommandFailure('ProtocolError', 'No SASL session state found')
    }
    const payload = payloadOf(given)
    if (conversation.is === 'ending') {
      if (payload.length > 0) throw refused()
      login.user = conversation.user
      return saslReply(new Uint8Array(0), true)
    }
    const { server, user, skipEmptyExchange } = conversation.scram
    const signature = withoutViolations(() => server.check(payload))
    if (signature === undefined || user === undefined) throw refused()
    if (skipEmptyExchange) login.user = user
    else login.conversation = { is: 'ending', user }
    return saslReply(signature, skipEmptyExchange)
  }

  /**
   * `authenticate`, by itself or along with a hello. TLS has checked the certificate; here it is asked whose it is. Who has none
   * hears no more than that it failed, and who has one is told the name that no user has.
   */
  authenticate({ login, certificateSubject: subject = '' }: Caller, database: string, given: Arguments): Reply {
    login.conversation = undefined
    login.user = undefined
    const mechanism = given.requiredString('mechanism')
    const claimed = given.string('user') ?? ''
    if (mechanism !== 'MONGODB-X509' || subject === '' || (claimed !== '' && claimed !== subject)) throw refused()
    if (database !== externalDatabase)
      throw new CommandFailure('ProtocolError', `Certificates authenticate on ${externalDatabase}, not on ${database}`)
    login.user = this.#users.ofCertificate(subject)
    if (login.user !== undefined) return fields<ReplyValue>({ dbname: database, user: subject })
    throw new CommandFailure('UserNotFound', `Could not find user "${subject}" for db "${database}"`)
  }

  #challenge(
    login: Login,
    database: string,
    first: { mechanism: ScramMechanism; payload: Uint8Array; options: ReadonlyMap<string, unknown> | undefined }
  ): Reply {
    const { mechanism, payload, options } = first
    const server = new ScramServer(mechanism, freshNonce(this.#outside.chance), this.#outside.cryptography)
    let user: User | undefined
    const challenge = withoutViolations(() =>
      server.challenge(payload, name => {
        user = this.#users.find(database, name)
        if (user?.mechanisms.includes(mechanism) === false) throw refused()
        return this.#users.storedKeys(mechanism, database, name)
      })
    )
    const skipEmptyExchange = options?.get('skipEmptyExchange') === true
    login.conversation = { is: 'challenged', scram: { server, user, mechanism, skipEmptyExchange } }
    return saslReply(challenge, false)
  }

  async #plain(login: Login, database: string, payload: Uint8Array): Promise<Reply> {
    const message = readPlainMessage(payload)
    if (message === undefined) throw refused()
    const { username, password } = message
    if (!(await this.#users.isPassword(database, username, password).catch(() => false))) throw refused()
    login.user = this.#users.find(database, username)
    return saslReply(new Uint8Array(0), true)
  }
}

function payloadOf(given: Arguments): Uint8Array {
  const payload = given.required('payload')
  if (payload instanceof Binary) return payload.value()
  throw given.wrongType('payload', payload, 'binData')
}

function saslReply(payload: Uint8Array, done: boolean): Reply {
  return fields<ReplyValue>({ conversationId: int32(conversationId), done, payload: new Binary(payload) })
}

function withoutViolations<Result>(run: () => Result): Result {
  try {
    return run()
  } catch (error) {
    throw error instanceof MechanismViolation ? refused() : error
  }
}

function refused(): CommandFailure {
  return new CommandFailure('AuthenticationFailed', 'Authentication failed.')
}
