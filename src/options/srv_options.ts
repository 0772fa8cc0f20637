import { int32Max, type RowOf } from './option_row.ts'
import type { SRVOptionValues } from './option_values.ts'

/** For DNS's limit of 63 bytes for a label, less the underscore before the name. Source: initial DNS seedlist discovery. */
const serviceNameBytesMax = 62

/** What `mongodb+srv` looks up, and how much of the answer is used. */
export const srvOptions: { readonly [Name in keyof SRVOptionValues]-?: RowOf<Name> } = {
  srvMaxHosts: {
    uri: 'srvMaxHosts',
    group: 'SRV',
    documentation: 'Hosts of an SRV answer that are used, chosen at random.',
    kind: 'integer',
    unit: 'hosts',
    min: 0,
    max: int32Max,
    zero: 'all',
    default: 0
  },
  srvServiceName: {
    uri: 'srvServiceName',
    group: 'SRV',
    documentation: 'Service name of the SRV record.',
    kind: 'string',
    bytesMax: serviceNameBytesMax,
    default: 'mongodb'
  }
}
