import {
  AbstractCursor,
  Admin,
  ChangeStream,
  ClientSession,
  Collection,
  Db,
  MongoClient
} from '../../src/client/index.ts'
import { GridFSBucket } from '../../src/gridfs/index.ts'
import { CaseError } from './case_error.ts'

type ClassName =
  | 'MongoClient'
  | 'Db'
  | 'Admin'
  | 'Collection'
  | 'AbstractCursor'
  | 'ChangeStream'
  | 'ClientSession'
  | 'GridFSBucket'

const classes: Readonly<Record<ClassName, { readonly prototype: object }>> = {
  MongoClient,
  Db,
  Admin,
  Collection,
  AbstractCursor,
  ChangeStream,
  ClientSession,
  GridFSBucket
}

/** A method of the driver's public face, such as `Collection.insertOne`. */
export type DriverMethod = `${ClassName}.${string}`

/** What cases ask for besides methods, and is not built. */
export type UnbuiltFeature =
  | 'client-side encryption'
  | 'loop'
  | 'mapReduce'
  | 'rawData'
  | 'waitQueueMultiple'
  | 'waitQueueSize'

/** What specifications leave to each driver, and this one does not have: why. */
const leftOut: Readonly<Partial<Record<UnbuiltFeature | DriverMethod, string>>> = {
  mapReduce: 'the driver has no helper for mapReduce, which runs JavaScript in the server and is deprecated there',
  'MongoClient.listDatabaseObjects': 'listDatabases gives documents, and there are no handles to list',
  rawData:
    'the driver has no option rawData, for the buckets of time series in MongoDB 8.2: the cases want it not sent before'
}

/** The reason for which it will stay away; undefined: it has not been built yet. */
export function whyLeftOut(feature: UnbuiltFeature | DriverMethod): string | undefined {
  return leftOut[feature]
}

/** Whether the driver has the method. The one place that decides it: cases run as soon as what they need is there. */
export function isBuilt(method: DriverMethod): boolean {
  const [name, key] = partsOf(method)
  return typeof (classes[name].prototype as Readonly<Record<string, unknown>>)[key] === 'function'
}

/** Calls a method that may be unknown to the compiler, because it is not built yet. */
export function invoke(target: object, method: DriverMethod, ...values: readonly unknown[]): unknown {
  const [, key] = partsOf(method)
  const found = (target as Readonly<Record<string, unknown>>)[key]
  if (typeof found !== 'function') throw new CaseError(`the driver has no ${method}`)
  return Reflect.apply(found, target, values) as unknown
}

function partsOf(method: DriverMethod): [ClassName, string] {
  return method.split('.', 2) as [ClassName, string]
}

/** Arguments that no operation takes yet, and why. */
const unbuiltArguments: Readonly<Record<string, UnbuiltFeature>> = {
  rawData: 'rawData'
}

/** Why an argument that an operation does not take is no mistake of the case; undefined: nobody knows it. */
export function unbuiltArgument(name: string): UnbuiltFeature | undefined {
  return Object.hasOwn(unbuiltArguments, name) ? unbuiltArguments[name] : undefined
}
