/** The eleven events of a pool, by the names that both Node drivers have for them, in the order of a connection's life. */
export const poolEventNames = [
  'connectionPoolCreated',
  'connectionPoolReady',
  'connectionPoolCleared',
  'connectionPoolClosed',
  'connectionCreated',
  'connectionReady',
  'connectionClosed',
  'connectionCheckOutStarted',
  'connectionCheckOutFailed',
  'connectionCheckedOut',
  'connectionCheckedIn'
] as const

export type PoolEventName = (typeof poolEventNames)[number]
