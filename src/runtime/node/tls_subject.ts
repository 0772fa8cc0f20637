import type { TLSSocket } from 'node:tls'

/**
 * The subject of a client's certificate in the form of RFC 2253, if it presented one that was accepted. Only on a server:
 * a client that asks Node for the certificate in this form takes it away from its session.
 */
export function subjectOf(socket: TLSSocket): string | undefined {
  return inRFC2253(socket.authorized ? socket.getPeerX509Certificate()?.subject : undefined)
}

/**
 * Node gives one line for each part, from the general to the specific, with the parts of a part joined by ` + `. Values are
 * escaped as RFC 2253 has it already, line ends and plus signs included.
 */
export function inRFC2253(subject: string | undefined): string | undefined {
  return subject?.split('\n').reverse().join(',').replaceAll(' + ', '+')
}
