export { EventHub, type HubOptions } from './event_hub.ts'
export { Fifo } from './fifo.ts'
export * from './hub.ts'
export { isThenable, messageOf } from './users_code.ts'
