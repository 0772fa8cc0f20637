/**
 * Levels of documents and arrays, the outermost being the first. A server refuses what is deeper (`maxBSONDepth`), and
 * lets documents of up to 180 levels into its collections.
 */
export const documentDepthMax = 200

/** The smallest level: type, an empty key, the length and the end. What is shorter than all levels cannot be too deep. */
export const levelBytesMin = 7

/** Only a document longer than this can break `documentDepthMax`: shorter ones need no look. */
export const shallowBytesMax: number = documentDepthMax * levelBytesMin

/** A stored document may have 16 MiB; a command around it 16 KiB more. */
export const commandBytesMax: number = 16 * 1024 * 1024 + 16 * 1024

/** How far a document is encoded before it is given up: a little further than may be sent, so that the error knows its size. */
export const documentRoomBytes: number = 17 * 1024 * 1024

/** What a `DocumentWriter` grows to: a message of 48,000,000 bytes, and a command around the last document. */
export const writerBytesMax: number = 48 * 1024 * 1024 + 64 * 1024
