export { EventHub, type HubOptions } from './event_hub.ts'
export * from './hub.ts'
