export {
  commonCompressors,
  compressed,
  decompressed,
  isCompressed,
  type WireCompressor,
  wireCompressor
} from './compression.ts'
export { Correlation, RequestIds } from './correlation.ts'
export { FrameReader, type MessageSink } from './frame_reader.ts'
export { Message } from './message.ts'
export { MessageWriter } from './message_writer.ts'
export { defaultMessageBytesMax, headerBytes, messageFlags, opCode, replySlackBytes } from './protocol.ts'
export { Reply } from './reply.ts'
export { WireViolationError } from './violation.ts'
