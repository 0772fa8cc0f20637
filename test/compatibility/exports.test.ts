/** What the official driver exports and the package `cenote-mongodb` does not: each with its reason. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import * as official from 'mongodb'
import * as cenote from 'cenote'
import * as bson from '../../packages/cenote-mongodb/src/lib/bson.ts'
import * as common from '../../packages/cenote-mongodb/src/lib/bulk/common.ts'
import * as compatible from '../../packages/cenote-mongodb/src/index.ts'

const encryption = 'client-side encryption is not built'
const mechanism = 'the mechanism is not built'
const bulkBuilders = 'batches are handed to bulkWrite at once; builders of them are not built'
const logs = 'the log’s components and severities are plain words'
const selectionEvents = 'the search for a server is told in the log, and has no events'
const internal = 'a part of the official driver’s inside'
const neverThrown = 'cenote has no such state: nothing throws it'
const otherClass = (name: string) => `cenote says it with ${name}`

/** Without what Node adds when it imports CommonJS. */
const officialNames = Object.keys(official).filter(name => !['default', 'module.exports', '__esModule'].includes(name))

const lacking: Readonly<Record<string, string>> = {
  ChangeStreamCursor: internal,
  ClientEncryption: encryption,
  AutoEncryptionLoggerLevel: encryption,
  MongoCryptAzureKMSRequestError: encryption,
  MongoCryptCreateDataKeyError: encryption,
  MongoCryptCreateEncryptedCollectionError: encryption,
  MongoCryptError: encryption,
  MongoCryptInvalidArgumentError: encryption,
  MongoCryptKMSRequestNetworkTimeoutError: encryption,
  MongoClientBulkWriteCursorError: otherClass('MongoUnexpectedServerResponseError'),
  MongoClientBulkWriteExecutionError: neverThrown,
  MongoAWSError: mechanism,
  MongoAzureError: mechanism,
  MongoGCPError: mechanism,
  MongoKerberosError: mechanism,
  MongoOIDCError: mechanism,
  GSSAPICanonicalizationValue: mechanism,
  BatchType: bulkBuilders,
  OrderedBulkOperation: bulkBuilders,
  UnorderedBulkOperation: bulkBuilders,
  MongoBatchReExecutionError: bulkBuilders,
  MongoLoggableComponent: logs,
  SeverityLevel: logs,
  ServerSelectionEvent: selectionEvents,
  ServerSelectionFailedEvent: selectionEvents,
  ServerSelectionStartedEvent: selectionEvents,
  ServerSelectionSucceededEvent: selectionEvents,
  WaitingForSuitableServerEvent: selectionEvents,
  CancellationToken: internal,
  ConnectionPoolMonitoringEvent: 'events of cenote have no class in common',
  ExplainableCursor: 'cursors of cenote have no class between AbstractCursor and those that explain',
  MongoClientAuthProviders: internal,
  CURSOR_FLAGS: internal,
  ProfilingLevel: 'profiling is set by the command profile',
  SrvPollingEvent: internal,
  MongoTailableCursorError: 'what a tailable cursor takes is the server’s to judge',
  MongoDecompressionError: otherClass('MongoUnexpectedServerResponseError'),
  MongoMissingCredentialsError: otherClass('MongoInvalidArgumentError'),
  MongoMissingDependencyError: otherClass('MongoInvalidArgumentError'),
  MongoNotConnectedError: otherClass('MongoClientClosedError'),
  MongoTopologyClosedError: otherClass('MongoClientClosedError'),
  MongoServerClosedError: neverThrown,
  MongoStalePrimaryError: neverThrown,
  MongoSystemError: otherClass('MongoServerSelectionError')
}

suite('the names of the official driver', () => {
  test('are all there, but for those of this table', () => {
    const there = new Set(Object.keys(compatible))
    const missing = officialNames.filter(name => !there.has(name))
    assert.deepEqual(missing.toSorted(), Object.keys(lacking).toSorted())
  })

  test('stand for the same kinds of things', () => {
    const kinds = (library: object) =>
      Object.entries(library)
        .filter(([name]) => officialNames.includes(name) && name in compatible)
        .map(([name, value]) => `${name}: ${typeof value}`)
        .toSorted()
    assert.deepEqual(kinds(compatible), kinds(official))
  })

  test('of constants have the official words, of those that cenote knows', () => {
    const names = ['ReadPreferenceMode', 'ReadConcernLevel', 'ServerType', 'TopologyType', 'MongoErrorLabel'] as const
    for (const name of [...names, 'AuthMechanism', 'Compressor', 'ReturnDocument', 'ExplainVerbosity'] as const)
      for (const [word, value] of Object.entries(compatible[name]))
        assert.equal((official[name] as Readonly<Record<string, unknown>>)[word], value, `${name}.${word}`)
  })

  test('of classes are those of the classes: libraries compare them as strings', () => {
    for (const [name, value] of Object.entries(compatible))
      if (typeof value === 'function' && !renamed.has(name)) assert.equal(value.name, name)
  })

  test('of the BSON library are cenote’s own, by either path', () => {
    for (const name of [
      'ObjectId',
      'UUID',
      'Binary',
      'Double',
      'Long',
      'Decimal128',
      'Int32',
      'EJSON',
      'BSON'
    ] as const)
      assert.equal(bson[name], cenote[name], name)
    const id = new compatible.ObjectId('0123456789abcdef01234567')
    assert.deepEqual(bson.deserialize(bson.serialize({ id })), { id })
    assert.equal(bson.calculateObjectSize({}), 5)
  })

  test('of bulk writes are cenote’s own, but for a result that can be made of the official driver’s sums', () => {
    assert.equal(common.MongoBulkWriteError, cenote.MongoBulkWriteError)
    assert.ok(common.BulkWriteResult.prototype instanceof cenote.BulkWriteResult)
  })
})

/** The specification's names, under which cenote has them as well. */
const renamed = new Set(['Cleared', 'Closed', 'Created', 'Ready'].map(what => `ConnectionPool${what}Event`))
