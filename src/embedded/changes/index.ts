/** Change streams: what the oplog tells those who watch, event by event. Source: the manual, "Change Streams". */
export { ChangeStreamSource } from './change_stream.ts'
export { type Scope, scopeOf, watchOptionsOf } from './stage.ts'
