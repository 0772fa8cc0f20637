/** Events of a pool under the official driver's names; cenote's are those of the specification. */
export {
  PoolClearedEvent as ConnectionPoolClearedEvent,
  PoolClosedEvent as ConnectionPoolClosedEvent,
  PoolCreatedEvent as ConnectionPoolCreatedEvent,
  PoolReadyEvent as ConnectionPoolReadyEvent
} from 'cenote'
