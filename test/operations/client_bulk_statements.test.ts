/** How the statements of a client's bulk write are cut into commands: by number, and by bytes with the namespaces counted. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeDocument, type Document, ObjectIds } from '../../src/bson/index.ts'
import { MongoInvalidArgumentError } from '../../src/errors/index.ts'
import { envelopeBytesMax } from '../../src/operations/commands/bulk_groups.ts'
import { ClientBulkStatements } from '../../src/operations/commands/client_bulk_statements.ts'

const limits = { documentBytesMax: 16_777_216, messageBytesMax: 48_000_000, batchCountMax: 100_000, wireVersionMax: 25 }
const commandBytes = 43

function ids(): ObjectIds {
  return new ObjectIds(
    () => 0,
    () => undefined
  )
}

/** One letter for each namespace; a capital one is a deleteMany, any other an insert. */
function statementsOf(letters: string): ClientBulkStatements {
  const statements = new ClientBulkStatements(true)
  for (const letter of letters) {
    if (letter === letter.toLowerCase()) statements.insert(`db.${letter}`, { _id: 1 }, ids())
    else statements.delete(`db.${letter.toLowerCase()}`, {}, true, {})
  }
  return statements.finish()
}

function documentAt(statements: ClientBulkStatements, place: number): Document {
  const bytes = statements.documents.at(place)
  return decodeDocument(bytes, 0, bytes.length)
}

interface Cut {
  readonly namespaces: string[]
  /** Of each statement the namespace that its number means. */
  readonly of: string[]
  readonly multi: boolean
}

function cutAll(statements: ClientBulkStatements, batchCountMax: number, messageBytesMax: number): Cut[] {
  const cuts: Cut[] = []
  for (let start = 0; start < statements.count; ) {
    const { end, namespaces, multi } = statements.cut(start, commandBytes, {
      ...limits,
      batchCountMax,
      messageBytesMax
    })
    const names = Array.from({ length: namespaces.count }, (_, at) => {
      const bytes = namespaces.at(at)
      return decodeDocument(bytes, 0, bytes.length)['ns'] as string
    })
    const of = Array.from({ length: end - start }, (_, at) => {
      const { insert, delete: removal } = documentAt(statements, start + at)
      return names[Number(insert ?? removal)] ?? 'none'
    })
    cuts.push({ namespaces: names, of, multi })
    start = end
  }
  return cuts
}

test('each command has the namespaces that its statements name, each once, and no others', () => {
  assert.deepEqual(cutAll(statementsOf('abacbbca'), 3, 48_000_000), [
    { namespaces: ['db.a', 'db.b'], of: ['db.a', 'db.b', 'db.a'], multi: false },
    { namespaces: ['db.c', 'db.b'], of: ['db.c', 'db.b', 'db.b'], multi: false },
    { namespaces: ['db.c', 'db.a'], of: ['db.c', 'db.a'], multi: false }
  ])
})

test('a command has statements for many documents if one of its own is such a one', () => {
  const statements = statementsOf('abAbab')
  const cuts = cutAll(statements, 2, 48_000_000)
  assert.deepEqual(
    cuts.map(({ multi }) => multi),
    [false, true, false]
  )
  assert.deepEqual(
    [0, 2, 3].map(start => statements.hasMultiFrom(start)),
    [true, true, false]
  )
})

test('whatever the limits, every statement is sent once, in order and to its namespace, and no command is too large', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'A', 'B'), minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(
      letters,
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 100, max: 400 }),
      (list, count, bytesMax) => {
        const statements = statementsOf(list)
        const cuts = cutAll(statements, count, envelopeBytesMax + commandBytes + bytesMax)
        assert.deepEqual(
          cuts.flatMap(({ of }) => of),
          list.split('').map(letter => `db.${letter.toLowerCase()}`)
        )
        let place = 0
        for (const { namespaces, of } of cuts) {
          assert.ok(of.length <= count)
          assert.deepEqual(namespaces, [...new Set(of)])
          const bytes =
            statements.documents.bytesOf(place, place + of.length) + namespaces.length * (14 + 'db.a'.length)
          assert.ok(bytes <= bytesMax, `${bytes} bytes of ${bytesMax}`)
          place += of.length
        }
      }
    )
  )
})

test('a command is filled to the last byte', () => {
  const statements = statementsOf('aaa')
  const exactly = envelopeBytesMax + commandBytes + statements.documents.bytesOf(0, 3) + 14 + 'db.a'.length
  assert.equal(cutAll(statements, 100, exactly).length, 1)
  assert.equal(cutAll(statementsOf('aaa'), 100, exactly - 1).length, 2)
})

test('a statement that fits into no message is an error with its place and the bytes', () => {
  const statements = statementsOf('a')
  assert.throws(
    () => statements.cut(0, commandBytes, { ...limits, messageBytesMax: 1_050 }),
    (error: Error) =>
      error instanceof MongoInvalidArgumentError &&
      error.message ===
        'model 0 of the bulk write takes 59 bytes with its namespace; a message to this server has room for 7 beside the command itself'
  )
})

test('statements are those of the server’s command, whatever they do', () => {
  const statements = new ClientBulkStatements(true)
  statements.insert('db.a', { x: undefined }, ids())
  statements.update('db.b', { _id: 1 }, [{ $unset: 'x' }], true, { upsert: true, hint: undefined })
  statements.replace('db.a', { _id: 1 }, { x: 2 }, { collation: { locale: 'en' }, sort: { x: 1 } })
  statements.delete('db.b', {}, false, { hint: 'x_1' })
  statements.finish()
  const [first, ...others] = [0, 1, 2, 3].map(place => documentAt(statements, place))
  assert.deepEqual(Object.keys(first?.['document'] as object), ['_id', 'x'], 'an _id that is made goes first')
  assert.equal(first?.['document'].x, null)
  assert.deepEqual(first?.['document']._id, statements.idOf(0))
  assert.deepEqual(others, [
    { update: 1, filter: { _id: 1 }, updateMods: [{ $unset: 'x' }], multi: true, upsert: true },
    {
      update: 0,
      filter: { _id: 1 },
      updateMods: { x: 2 },
      multi: false,
      collation: { locale: 'en' },
      sort: { x: 1 }
    },
    { delete: 1, filter: {}, multi: false, hint: 'x_1' }
  ])
})
