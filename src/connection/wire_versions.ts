import { MongoCompatibilityError } from '../errors/index.ts'
import type { HelloReply } from './hello_reply.ts'

/** The wire versions that this driver speaks: MongoDB 4.4 to the newest that was tried. */
export const wireVersionMin = 9
export const wireVersionMax = 29
export const oldestServerVersion = '4.4'

/** In the words of the server discovery and monitoring specification; undefined where the two understand each other. */
export function incompatibility(
  address: string,
  hello: Pick<HelloReply, 'minWireVersion' | 'maxWireVersion'>
): MongoCompatibilityError | undefined {
  if (hello.minWireVersion > wireVersionMax) {
    return new MongoCompatibilityError(
      `Server at ${address} requires wire version ${hello.minWireVersion}, but this version of cenote only supports up ` +
        `to ${wireVersionMax}.`
    )
  }
  if (hello.maxWireVersion < wireVersionMin) {
    return new MongoCompatibilityError(
      `Server at ${address} reports wire version ${hello.maxWireVersion}, but this version of cenote requires at least ` +
        `${wireVersionMin} (MongoDB ${oldestServerVersion}).`
    )
  }
  return undefined
}
