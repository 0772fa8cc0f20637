import type { Call, ReadServices } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import { outputStages } from '../output_stages.ts'
import { isDocument } from '../query/index.ts'
import { checkNamespace, imagesOption, type Namespace, validatorOptions, type ViewDefinition } from '../store/index.ts'
import { viewDepthMax } from '../views.ts'

type ViewServices = Pick<ReadServices, 'store' | 'aggregation'>

/** Of a command that makes or changes a view: what it shows from then on. Undefined: it names none. */
export function viewIn(services: ViewServices, call: Call, namespace: Namespace): ViewDefinition | undefined {
  const given = call.arguments
  const on = given.string('viewOn')
  if (on === undefined) {
    if (given.has('pipeline'))
      throw new CommandFailure('InvalidOptions', "'pipeline' requires 'viewOn' to also be specified")
    return undefined
  }
  for (const option of ['capped', 'size', 'max', ...validatorOptions, imagesOption])
    if (given.has(option)) throw new CommandFailure('InvalidOptions', `a view has no option '${option}'`)
  if (given.has('autocommit'))
    throw new CommandFailure(
      'OperationNotSupportedInTransaction',
      'Cannot create a view in a multi-document transaction.'
    )
  checkNamespace({ database: namespace.database, collection: on })
  const pipeline = (given.array('pipeline') ?? []).map((stage, index) => {
    if (isDocument(stage)) return stage
    throw given.wrongType(`pipeline.${index}`, stage, 'object')
  })
  const view = { on, pipeline }
  checkView(services, namespace, view)
  return view
}

/** Its stages are compiled as for a reader, and it may not stand upon itself. */
function checkView({ store, aggregation }: ViewServices, namespace: Namespace, view: ViewDefinition): void {
  const output = view.pipeline.flatMap(stage => [...stage.keys()]).find(name => outputStages.includes(name))
  if (output !== undefined)
    throw new CommandFailure(
      'OptionNotSupportedOnView',
      `The aggregation stage ${output} cannot be in the pipeline of a view`
    )
  const { database } = namespace
  aggregation.pipeline(view.pipeline, { database, documentsOf: () => [], sessions: () => [] })
  for (let below: ViewDefinition | undefined = view, depth = 0; below !== undefined; depth++) {
    if (below.on === namespace.collection)
      throw new CommandFailure(
        'GraphContainsCycle',
        `the view ${database}.${namespace.collection} would stand upon itself`
      )
    if (depth >= viewDepthMax)
      throw new CommandFailure('ViewDepthLimitExceeded', `a view stands on up to ${viewDepthMax} others (viewDepthMax)`)
    below = store.find({ database, collection: below.on })?.view
  }
}
