import assert from 'node:assert/strict'
import { MongoInvalidArgumentError } from '../../src/errors/index.ts'
import {
  isAcknowledged,
  isDefaultReadConcern,
  isDefaultWriteConcern,
  type ReadConcern,
  readConcernDocument,
  readConcernFrom,
  writeConcernDocument,
  writeConcernFrom,
  type WriteConcernInput
} from '../../src/options/index.ts'
import { readURI, refuseUnknownFields, testsOf } from './connection_string.ts'
import type { Runner, SpecificationCase } from '../runner.ts'

/** A case of either format, as far as they are the same. Null or absent: nothing is asserted. */
interface ConcernCase {
  readonly uri?: string
  readonly valid: boolean
  readonly warning?: boolean | null
  readonly readConcern?: ReadConcern | null
  readonly writeConcern?: WriteConcernInput | null
  readonly readConcernDocument?: object | null
  readonly writeConcernDocument?: object | null
  readonly isServerDefault?: boolean | null
  readonly isAcknowledged?: boolean | null
}

const uriFields = ['description', 'uri', 'valid', 'warning', 'readConcern', 'writeConcern']
const documentFields = [
  'description',
  'valid',
  'readConcern',
  'writeConcern',
  'readConcernDocument',
  'writeConcernDocument',
  'isServerDefault',
  'isAcknowledged'
]

/** The suite's two formats of its own: connection strings, and the documents that commands carry. */
export const readWriteConcern: Runner = {
  cases(content: unknown, file: string): readonly SpecificationCase[] {
    return testsOf(content, file).map(test => ({
      name: String(test['description']),
      run: () => {
        const fromURI = 'uri' in test
        refuseUnknownFields(test, fromURI ? uriFields : documentFields)
        if (fromURI) runURI(test as unknown as ConcernCase)
        else runDocument(test as unknown as ConcernCase)
      }
    }))
  }
}

/**
 * This suite wants negative numbers refused. The URI options suite, which came later, wants them ignored with a warning:
 * being ignored so counts as refused here, being taken never does.
 */
function runURI(test: ConcernCase): void {
  const read = readURI(String(test.uri))
  const refused = read === undefined || read.parsed.unusable.length > 0
  assert.equal(!refused, test.valid, test.valid ? 'should be valid' : 'should be refused')
  if (!test.valid || read === undefined) return
  const { warnings, readConcern, writeConcern } = read.resolved
  if (typeof test.warning === 'boolean') assert.equal(warnings.length > 0, test.warning, warnings.join('\n'))
  if (test.readConcern) assert.deepEqual(readConcern, test.readConcern)
  if (test.writeConcern) assert.deepEqual(writeConcern, test.writeConcern)
}

function runDocument(test: ConcernCase): void {
  assert.ok(test.readConcern || test.writeConcern, 'the case has neither a read concern nor a write concern')
  if (!test.valid) {
    assert.throws(() => documentOf(test), MongoInvalidArgumentError)
    return
  }
  const { document, isDefault, acknowledged } = documentOf(test)
  assert.deepEqual(document, test.writeConcern ? test.writeConcernDocument : test.readConcernDocument)
  if (typeof test.isServerDefault === 'boolean') assert.equal(isDefault, test.isServerDefault)
  if (typeof test.isAcknowledged === 'boolean') assert.equal(acknowledged, test.isAcknowledged)
}

function documentOf(test: ConcernCase): { document: object; isDefault: boolean; acknowledged: boolean | undefined } {
  if (test.writeConcern) {
    const writeConcern = writeConcernFrom(test.writeConcern)
    return {
      document: writeConcernDocument(writeConcern),
      isDefault: isDefaultWriteConcern(writeConcern),
      acknowledged: isAcknowledged(writeConcern)
    }
  }
  const readConcern = readConcernFrom(test.readConcern ?? {})
  return {
    document: readConcernDocument(readConcern),
    isDefault: isDefaultReadConcern(readConcern),
    acknowledged: undefined
  }
}
