export type { Change, ChangeListener } from './change.ts'
export { Collection, documentBytesMax, type RecordId } from './collection.ts'
export { IndexDefinition, idIndexName } from './index_definition.ts'
export { checkNamespace, type Namespace, namespaceBytesMax, namespaceOf, Store } from './store.ts'
