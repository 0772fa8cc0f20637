import assert from 'node:assert/strict'
import { test } from 'node:test'
import { handshakeFailure } from '../../src/runtime/node/tls_failures.ts'

const target = { kind: 'tcp', host: 'db.example', port: 27_017 } as const

function failed(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error('it broke'), { code })
}

test('a certificate that was refused is told by its code where the socket does not say so, as on Deno', () => {
  const { stage, message } = handshakeFailure(target, failed('SELF_SIGNED_CERT_IN_CHAIN'), false)
  assert.equal(stage, 'certificate')
  assert.match(message, /^The certificate of db\.example:27017 was refused: its authority is not trusted/)
  assert.equal(handshakeFailure(target, failed('ECONNRESET'), false).stage, 'tls-io')
})
