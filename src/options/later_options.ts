import type { LaterName, RowOf } from './option_row.ts'

/** Options of what is not built yet: recognised, read and validated; a client that is asked for one refuses it by name. */
export const laterOptions: { readonly [Name in LaterName]: RowOf<Name> } = {
  promoteValues: {
    group: 'BSON and other',
    documentation: 'Give numbers, binary data and the like as values of JavaScript where they fit.',
    kind: 'boolean',
    default: true,
    later: 'bson'
  },
  promoteLongs: {
    group: 'BSON and other',
    documentation: 'Give 64-bit integers as numbers where they are exact.',
    kind: 'boolean',
    default: true,
    later: 'bson'
  },
  promoteBuffers: {
    group: 'BSON and other',
    documentation: 'Give binary data as buffers.',
    kind: 'boolean',
    default: false,
    later: 'bson'
  },
  useBigInt64: {
    group: 'BSON and other',
    documentation: 'Give 64-bit integers as bigint.',
    kind: 'boolean',
    default: false,
    later: 'bson'
  },
  bsonRegExp: {
    group: 'BSON and other',
    documentation: 'Give regular expressions as BSONRegExp.',
    kind: 'boolean',
    default: false,
    later: 'bson'
  },
  ignoreUndefined: {
    group: 'BSON and other',
    documentation: 'Leave out fields that are undefined instead of writing null.',
    kind: 'boolean',
    default: false,
    later: 'bson'
  },
  serializeFunctions: {
    group: 'BSON and other',
    documentation: 'Write functions as code.',
    kind: 'boolean',
    default: false,
    later: 'bson'
  },
  raw: {
    group: 'BSON and other',
    documentation: 'Give documents as bytes.',
    kind: 'boolean',
    default: false,
    later: 'bson'
  },
  forceServerObjectId: {
    group: 'BSON and other',
    documentation: 'Let the server make the _id of an inserted document.',
    kind: 'boolean',
    default: false,
    later: 'bson'
  },
  pkFactory: {
    group: 'BSON and other',
    documentation: 'Makes the _id of inserted documents.',
    kind: 'any',
    later: 'bson'
  },
  autoEncryption: {
    group: 'BSON and other',
    documentation: 'Client-side field level encryption.',
    kind: 'any',
    later: 'encryption'
  }
}
