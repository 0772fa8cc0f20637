import { Arguments } from '../arguments.ts'
import type { Caller } from '../caller.ts'
import type { Command } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import type { Authenticator } from '../login.ts'
import { empty, type Reply, type ReplyValue } from '../reply.ts'
import { externalDatabase } from '../users.ts'

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
    {
      ...plain,
      name: 'authenticate',
      fields: { taken: ['mechanism', 'user'] },
      run: ({ arguments: given, caller, database }) => authenticator.authenticate(caller, database, given)
    },
    {
      ...plain,
      name: 'logout',
      beforeLogin: false,
      onExternal: true,
      fields: { taken: [] },
      run: ({ caller }) => {
        caller.login.user = undefined
        return empty
      }
    }
  ]
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
  caller: Caller
): Promise<Reply | undefined> {
  const given = new Arguments('hello.speculativeAuthenticate', first)
  try {
    if (given.has('authenticate'))
      return authenticator.authenticate(caller, given.string('db') ?? externalDatabase, given)
    if (!given.has('saslStart') || given.value('mechanism') === 'PLAIN') return undefined
    return await authenticator.start(caller.login, given.requiredString('db'), given)
  } catch (error) {
    if (error instanceof CommandFailure) return undefined
    throw error
  }
}
