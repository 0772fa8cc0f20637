import type { Test, TestFile } from './format.ts'

const tooShort = 'the case wants 100 ms to run out while a getMore is held up for 60 ms'

/** Where the driver does otherwise than a case wants, and means to: by the file's description and the case's. */
const deviations: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  bulkWrite: {
    'First insertOne is never committed':
      'an error that ends a bulk write of which nothing was done is raised as it is, without a result of zeros'
  },
  runCursorCommand: {
    'Non-tailable cursor iteration timeoutMS is refreshed for getMore if timeoutMode is iteration - failure': tooShort,
    'Tailable cursor iteration timeoutMS is refreshed for getMore - failure': tooShort,
    'Tailable cursor awaitData iteration timeoutMS is refreshed for getMore - failure':
      'the case sets no timeoutMS, and wants it to run out'
  },
  'timeoutMS behaves correctly during command execution': {
    'short-circuit is not enabled with only 1 RTT measurement':
      'the handshake of the connection for round-trip times is its first measurement, and has ended before the operation begins'
  }
}

export function deviationOf(file: TestFile, test: Test): string | undefined {
  const ofFile = Object.hasOwn(deviations, file.description) ? deviations[file.description] : undefined
  return ofFile !== undefined && Object.hasOwn(ofFile, test.description) ? ofFile[test.description] : undefined
}
