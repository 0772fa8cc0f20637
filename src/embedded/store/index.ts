export { cappedOptions } from './capped.ts'
export type { Change, ChangeListener } from './change.ts'
export { dotted, type PathPart } from './changed_paths.ts'
export { Collection, documentBytesMax, imagesOption, type Readable, type RecordId } from './collection.ts'
export { displayDocument } from './display.ts'
export { IndexDefinition, idIndexName } from './index_definition.ts'
export {
  checkNamespace,
  isDatabaseName,
  type Namespace,
  namespaceBytesMax,
  namespaceOf,
  serversDatabases,
  Store
} from './store.ts'
export { validationActions, validationLevels, Validator, validatorOptions } from './validator.ts'
export { valueKey } from './value_key.ts'
export { isAView, type ViewDefinition, viewDefinitionOf, viewOptions } from './view.ts'
