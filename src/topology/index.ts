export * from './error_facts.ts'
export * from './error_rules.ts'
export * from './hello.ts'
export * from './round_trip_time.ts'
export * from './selection.ts'
export * from './selection_error.ts'
export * from './selection_events.ts'
export type { SelectionQueue, SelectionWaiter } from './selection_queue.ts'
export { type MonitorOwner, Server, type ServerMonitor } from './server.ts'
export {
  isDataBearing,
  loadBalancer,
  sameServerDescription,
  type ServerDescription,
  type ServerType,
  unknownServer
} from './server_description.ts'
export * from './topology_description.ts'
export * from './topology_events.ts'
export { RecordsLookup, type RecordsLookupSetup } from './records_lookup.ts'
export * from './seed_list.ts'
export { type SeedListPoller, SRVPoller, type SRVPollerSetup } from './srv_poller.ts'
export { type EstablishmentErrorHandler, Topology, type TopologySetup } from './topology.ts'
export { Monitor, type MonitorSetup } from './monitor.ts'
export type { TopologyVersion } from './topology_version.ts'
export * from './update.ts'
