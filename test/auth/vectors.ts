/** Published conversations of `user` with the password `pencil`. Sources: the authentication specification, RFC 7677. */
import type { ScramMechanism } from '../../src/auth/index.ts'

export interface Vector {
  readonly mechanism: ScramMechanism
  readonly nonce: string
  readonly serverNonce: string
  readonly salt: string
  readonly iterations: number
  readonly proof: string
  readonly signature: string
}

export const username = 'user'
export const password = 'pencil'

export const vectors: readonly Vector[] = [
  {
    mechanism: 'SCRAM-SHA-1',
    nonce: 'fyko+d2lbbFgONRv9qkxdawL',
    serverNonce: 'Ho+Vgk7qvUOKUwuWLIWg4l/9SraGMHEE',
    salt: 'rQ9ZY3MntBeuP3E1TDVC4w==',
    iterations: 10_000,
    proof: 'MC2T8BvbmWRckDw8oWl5IVghwCY=',
    signature: 'UMWeI25JD1yNYZRMpZ4VHvhZ9e0='
  },
  {
    mechanism: 'SCRAM-SHA-256',
    nonce: 'rOprNGfwEbeRWgbNEkqO',
    serverNonce: '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0',
    salt: 'W22ZaJ0SNY7soEsUEjb6gQ==',
    iterations: 4_096,
    proof: 'dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
    signature: '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='
  }
]

export function firstOfServer({ nonce, serverNonce, salt, iterations }: Vector): string {
  return `r=${nonce}${serverNonce},s=${salt},i=${iterations}`
}
