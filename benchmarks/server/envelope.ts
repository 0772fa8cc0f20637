/** What a session of a replica set puts around each command, as the server saw it. */
import { Binary, type Document, encodeDocument, Timestamp } from '../../src/bson/index.ts'
import type { Recorded } from './record.ts'
import { clusterSeconds, clusterSignature } from './reply.ts'

const signatureBytes = Buffer.from(encodeDocument(clusterSignature))

/** The UUID of a command's session. */
export function sessionOf(command: Document): string | undefined {
  const id: unknown = command['lsid']?.id
  return id instanceof Binary && id.sub_type === Binary.SUBTYPE_UUID && id.length() === 16
    ? id.toString('hex')
    : undefined
}

/** Whether a command has a cluster time that was told, with its signature, and no older than the last on its connection. */
export function hasClusterTime({ command, told }: Recorded): boolean {
  const given: Document | undefined = command?.['$clusterTime']
  const time: unknown = given?.['clusterTime']
  if (given === undefined || !(time instanceof Timestamp)) return false
  if (time.t !== clusterSeconds || time.i < Math.max(1, told)) return false
  return signatureBytes.equals(encodeDocument(given['signature'] as Document))
}

/** The command's name; that of a handshake in the oldest form is no command's. */
export function commandName({ command }: Recorded): string {
  return command === undefined ? 'the oldest hello' : (Object.keys(command)[0] ?? '')
}
