import assert from 'node:assert/strict'
import { test } from 'node:test'
import { misfitOf } from '../../../conformance/unified/schema.ts'

type Schema = Readonly<Record<string, unknown>>

const keywords: readonly (readonly [Schema, fitting: readonly unknown[], others: readonly unknown[]])[] = [
  [{ type: 'object' }, [{}], [[], null, 'a', 1]],
  [{ type: 'array' }, [[]], [{}, null]],
  [{ type: 'integer' }, [1, 1.0], [1.5, '1']],
  [{ type: 'number' }, [1.5], ['1', null]],
  [{ type: 'null' }, [null], [undefined, 0]],
  [{ type: ['string', 'boolean'] }, ['', false], [1, null]],
  [{ enum: ['a', 1] }, ['a', 1], ['b', '1']],
  [{ const: 'a' }, ['a'], ['b']],
  [{ pattern: '^a+$' }, ['aa', 7], ['b', 'ab']],
  [{ required: ['a'] }, [{ a: undefined }, 7], [{ b: 1 }, { ['__proto__']: 1 }]],
  [{ required: ['toString'] }, [], [{}]],
  [{ properties: { a: { type: 'string' } } }, [{}, { a: '' }, { b: 1 }], [{ a: 1 }]],
  [{ properties: { a: false } }, [{}], [{ a: 1 }]],
  [{ patternProperties: { '^a': { type: 'string' } } }, [{ ab: '', b: 1 }], [{ ab: 1 }]],
  [{ properties: { a: {} }, additionalProperties: false }, [{ a: 1 }, {}], [{ a: 1, b: 1 }]],
  [{ patternProperties: { '^a': {} }, additionalProperties: false }, [{ ab: 1 }], [{ b: 1 }]],
  [{ additionalProperties: { type: 'string' } }, [{ b: '' }], [{ b: 1 }]],
  [{ minProperties: 1, maxProperties: 2 }, [{ a: 1 }, { a: 1, b: 1 }, []], [{}, { a: 1, b: 1, c: 1 }]],
  [{ items: { type: 'string' } }, [[], ['a']], [['a', 1]]],
  [{ minItems: 1 }, [[1], {}], [[]]],
  [{ not: { type: 'string' } }, [1], ['a']],
  [{ allOf: [{ required: ['a'] }, { required: ['b'] }] }, [{ a: 1, b: 1 }], [{ a: 1 }]],
  [{ anyOf: [{ required: ['a'] }, { required: ['b'] }] }, [{ a: 1, b: 1 }, { a: 1 }], [{}]],
  [{ oneOf: [{ required: ['a'] }, { required: ['b'] }] }, [{ a: 1 }], [{}, { a: 1, b: 1 }]],
  [{ definitions: { x: { $defs: { y: { type: 'string' } } } }, $ref: '#/definitions/x/$defs/y' }, ['a'], [1]]
]

for (const [schema, fitting, others] of keywords)
  test(`the schema ${JSON.stringify(schema)}`, () => {
    for (const value of fitting) assert.equal(misfitOf(value, schema), undefined, JSON.stringify(value))
    for (const value of others) assert.ok(misfitOf(value, schema), JSON.stringify(value))
  })

test('what does not fit is named by its path', () => {
  const schema = { properties: { a: { items: { properties: { b: { type: 'string' } } } } } }
  assert.equal(misfitOf({ a: [{ b: '' }, { b: 1 }] }, schema), '$.a[1].b is not of type string')
})

test('a schema with what is not known here, or that refers to nothing, is an error', () => {
  assert.throws(() => misfitOf({}, { dependentRequired: {} }), /keyword "dependentRequired"/)
  assert.throws(() => misfitOf({}, { $ref: '#/definitions/none' }), /which it does not have/)
})
