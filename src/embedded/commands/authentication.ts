import { Arguments } from '../arguments.ts'
import type { Caller } from '../caller.ts'
import type { Command } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import type { Authenticator } from '../login.ts'
import { empty, type Reply, type ReplyValue } from '../reply.ts'

export interface AuthenticationServices {
  readonly authenticator: Authenticator
}

const plain = { access: 'anywhere', concerns: 'none', inStableAPI: true, beforeLogin: true } as const

export function authenticationCommands({ authenticator }: AuthenticationServices): Command[] {
  return [
    {
      ...plain,
      name: 'saslStart',
      fields: { taken: ['mechanism', 'payload', 'options', 'autoAuthorize'] },
      run: ({ arguments: given, caller, database }) => authenticator.start(caller.login, database, given)
    },
    {
      ...plain,
      name: 'saslContinue',
      fields: { taken: ['conversationId', 'payload'] },
      run: ({ arguments: given, caller }) => authenticator.proceed(caller.login, given)
    },
    { ...plain, name: 'authenticate', fields: { taken: ['mechanism', 'user'] }, run: () => certificateRefused() },
    {
      ...plain,
      name: 'logout',
      fields: { taken: [] },
      run: ({ caller }) => {
        caller.login.user = undefined
        return empty
      }
    }
  ]
}

/** A certificate speaks for a user in TLS, which the deployment does not have. */
function certificateRefused(): Reply {
  throw new CommandFailure(
    'MechanismUnavailable',
    'Received authentication for mechanism MONGODB-X509 which is unknown or not enabled: the deployment has no TLS'
  )
}

/** What a hello is asked of authentication besides. Of a first command that fails nothing is said: the client tries anew. */
export async function authenticationInHello(
  authenticator: Authenticator,
  given: Arguments,
  caller: Caller
): Promise<Record<string, ReplyValue>> {
  const user = given.string('saslSupportedMechs')
  const mechanisms = user === undefined ? undefined : authenticator.mechanismsOf(user)
  const first = given.document('speculativeAuthenticate')
  const answer = first === undefined ? undefined : await speculated(authenticator, first, caller)
  return {
    ...(mechanisms === undefined ? {} : { saslSupportedMechs: [...mechanisms] }),
    ...(answer === undefined ? {} : { speculativeAuthenticate: answer })
  }
}

async function speculated(
  authenticator: Authenticator,
  first: Arguments['body'],
  { login }: Caller
): Promise<Reply | undefined> {
  const given = new Arguments('hello.speculativeAuthenticate', first)
  if (!given.has('saslStart') || given.value('mechanism') === 'PLAIN') return undefined
  try {
    return await authenticator.start(login, given.requiredString('db'), given)
  } catch (error) {
    if (error instanceof CommandFailure) return undefined
    throw error
  }
}
