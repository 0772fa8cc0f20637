/** Opcodes of the wire protocol that are still in use. */
export const opCode: { readonly reply: 1; readonly query: 2004; readonly compressed: 2012; readonly message: 2013 } = {
  reply: 1,
  query: 2004,
  compressed: 2012,
  message: 2013
}

/** Flag bits of OP_MSG. */
export const messageFlags = { checksumPresent: 1, moreToCome: 2, exhaustAllowed: 0x1_0000 } as const

/** Length, request id, response to, opcode: an int32 each. */
export const headerBytes = 16

/** A server's `maxMessageSizeBytes` until its hello says otherwise. */
export const defaultMessageBytesMax = 48_000_000

/** What a reply may have beyond that: the fields around a batch. */
export const replySlackBytes: number = 16 * 1024
