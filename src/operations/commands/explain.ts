import { type Document, type DocumentWriter, Long, prepareElements } from '../../bson/index.ts'
import { type Command, otherCommand, repeatableListing } from '../command.ts'
import { PreparedCommand, writeOption } from '../prepared_command.ts'
import type { CursorBatch } from './reads.ts'

/** How much the server tells, and milliseconds that it takes for that. */
export interface Explanation {
  readonly verbosity: string
  readonly maxTimeMS?: number | undefined
}

/** Of a command all but what it makes of its own reply. */
type ExplainedCommand = Pick<Command<unknown>, 'database' | 'readPreference' | 'traits' | 'writeTo' | 'sequence'>

/** Asks how a command would be carried out. A write changes nothing; it must have no write concern. */
export function explainCommand(command: ExplainedCommand, explanation: Explanation): PreparedCommand<Document> {
  return explaining(command, explanation, document => document)
}

/** As `explainCommand`, with the explanation as what a cursor gives. */
export function explainCursorCommand(
  command: ExplainedCommand,
  explanation: Explanation
): PreparedCommand<CursorBatch> {
  return explaining<CursorBatch>(command, explanation, document => ({
    documents: [document],
    id: Long.ZERO,
    namespace: '',
    server: undefined,
    session: undefined,
    pin: undefined
  }))
}

function explaining<Result>(
  command: ExplainedCommand,
  { verbosity, maxTimeMS }: Explanation,
  resultOf: (document: Document) => Result
): PreparedCommand<Result> {
  return new PreparedCommand<Result>(command.traits.kind === 'read' ? repeatableListing : otherCommand, {
    name: 'explain',
    database: command.database,
    readPreference: command.readPreference,
    elements: prepareElements(body => {
      body.beginDocument('explain')
      command.writeTo(body)
      writeStatements(body, command)
      body.endDocument()
      body.string('verbosity', verbosity)
      writeOption(body, 'maxTimeMS', maxTimeMS)
    }),
    accept: reply => resultOf(reply.document())
  })
}

/** Within the document, since a message's sections belong to its outermost command. */
function writeStatements(body: DocumentWriter, { sequence }: ExplainedCommand): void {
  if (sequence === undefined) return
  body.beginArray(sequence.identifier)
  const { documents } = sequence
  for (let index = 0; index < documents.count; index++) body.encodedDocument(String(index), documents.at(index))
  body.endDocument()
}
