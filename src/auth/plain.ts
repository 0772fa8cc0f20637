/** The one message of PLAIN, which shows the password to the server. Source: RFC 4616. */

export function plainMessage(username: string, password: string): Uint8Array {
  return Buffer.from(`\0${username}\0${password}`, 'utf8')
}

/** Undefined for what is none, or asks to act as somebody else. */
export function readPlainMessage(
  payload: Uint8Array
): { readonly username: string; readonly password: string } | undefined {
  const parts = Buffer.from(payload).toString('utf8').split('\0')
  const [identity = '', username = '', password = ''] = parts
  if (parts.length !== 3 || username === '' || (identity !== '' && identity !== username)) return undefined
  return { username, password }
}
