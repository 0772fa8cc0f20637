import { type DocumentWriter, prepareElements } from '../bson/index.ts'
import type { ServerApi } from '../options/index.ts'
import type { MessageWriter } from '../wire/index.ts'
import type { Connection } from './connection.ts'

/** The fields by which a command declares the Stable API: only those that the user gave. Source: the specification "Stable API". */
export function encodeServerApi({ version, strict, deprecationErrors }: ServerApi): Uint8Array {
  return prepareElements(body => {
    body.string('apiVersion', version)
    if (strict !== undefined) body.boolean('apiStrict', strict)
    if (deprecationErrors !== undefined) body.boolean('apiDeprecationErrors', deprecationErrors)
  })
}

/** What every command ends with, a hello's and a login's too: the API that was declared, and the database. */
export function endCommand(
  message: MessageWriter,
  body: DocumentWriter,
  database: string,
  { serverApi }: Pick<Connection, 'serverApi'>
): void {
  if (serverApi !== undefined) body.append(serverApi)
  body.string('$db', database)
  message.endBody()
}
