import { type Document, prepareElements } from '../../bson/index.ts'
import { type Command, estimatedCount, repeatableRead } from '../command.ts'
import { PreparedCommand, writeOption } from '../prepared_command.ts'
import type { ReadTarget } from './reads.ts'

/** How many documents the collection has, by its metadata. */
export function estimatedCountCommand(
  { database, collection, readPreference, readConcern }: ReadTarget,
  further: Readonly<Record<string, unknown>>
): Command<number> {
  return new PreparedCommand<number>(estimatedCount, {
    name: 'count',
    database,
    readPreference,
    elements: prepareElements(body => {
      body.string('count', collection)
      for (const key in further) writeOption(body, key, further[key])
    }),
    readConcern,
    accept: reply => reply.n ?? 0
  })
}

/** How many documents match, by the command of that name. `further`: as the server knows it. */
export function countCommand(
  { database, collection, readPreference, readConcern }: ReadTarget,
  query: Document,
  further: Readonly<Record<string, unknown>>
): Command<number> {
  return new PreparedCommand<number>(repeatableRead, {
    name: 'count',
    database,
    readPreference,
    elements: prepareElements(body => {
      body.string('count', collection)
      body.document('query', query, false)
      for (const key in further) writeOption(body, key, further[key])
    }),
    readConcern,
    accept: reply => reply.n ?? 0
  })
}

/** The values of one field, each once, in the server's order. The reply holds them all: 16 MiB at most. */
export function distinctCommand(
  { database, collection, readPreference, readConcern }: ReadTarget,
  key: string,
  query: Document,
  further: Readonly<Record<string, unknown>>
): PreparedCommand<unknown[]> {
  return new PreparedCommand<unknown[]>(repeatableRead, {
    name: 'distinct',
    database,
    readPreference,
    elements: prepareElements(body => {
      body.string('distinct', collection)
      body.string('key', key)
      body.document('query', query, false)
      for (const field in further) writeOption(body, field, further[field])
    }),
    readConcern,
    accept: reply => {
      const { values }: { values?: unknown } = reply.document()
      return Array.isArray(values) ? values : []
    }
  })
}
