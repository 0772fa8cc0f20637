import type { HashName } from '../runtime/index.ts'

export type ScramMechanism = 'SCRAM-SHA-256' | 'SCRAM-SHA-1'
export type Mechanism = ScramMechanism | 'PLAIN' | 'MONGODB-X509'

export const hashOf: Readonly<Record<ScramMechanism, HashName>> = { 'SCRAM-SHA-256': 'sha256', 'SCRAM-SHA-1': 'sha1' }

/** Which mechanism a client assumes before the server has told which ones the user has. */
export const assumedMechanism: ScramMechanism = 'SCRAM-SHA-256'

export function isScram(mechanism: string): mechanism is ScramMechanism {
  return Object.hasOwn(hashOf, mechanism)
}

export function isMechanism(mechanism: string): mechanism is Mechanism {
  return isScram(mechanism) || mechanism === 'PLAIN' || mechanism === 'MONGODB-X509'
}

/**
 * For a user who has chosen none: by `saslSupportedMechs` of the server's hello. Only SCRAM is ever chosen by itself, since
 * other mechanisms show the password. Source: the authentication specification.
 */
export function negotiatedMechanism(supported: unknown): ScramMechanism {
  return Array.isArray(supported) && supported.includes('SCRAM-SHA-256') ? 'SCRAM-SHA-256' : 'SCRAM-SHA-1'
}
