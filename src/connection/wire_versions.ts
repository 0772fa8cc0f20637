/** The wire versions that this driver speaks: MongoDB 4.4 to the newest that was tried. */
export const wireVersionMin = 9
export const wireVersionMax = 29
const oldestServerVersion = '4.4'

/** In the words of the server discovery and monitoring specification; undefined where the two understand each other. */
export function incompatibility(
  address: string,
  server: { readonly minWireVersion: number | undefined; readonly maxWireVersion: number | undefined }
): string | undefined {
  const { minWireVersion, maxWireVersion } = server
  if (minWireVersion !== undefined && minWireVersion > wireVersionMax)
    return `Server at ${address} requires wire version ${minWireVersion}, but this version of cenote only supports up to ${wireVersionMax}.`
  if (maxWireVersion !== undefined && maxWireVersion < wireVersionMin)
    return `Server at ${address} reports wire version ${maxWireVersion}, but this version of cenote requires at least ${wireVersionMin} (MongoDB ${oldestServerVersion}).`
  return undefined
}
