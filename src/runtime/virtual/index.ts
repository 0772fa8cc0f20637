export { SeededChance } from './chance.ts'
export type { VirtualDNS } from './dns.ts'
export type { VirtualConnection, VirtualNetwork } from './network.ts'
export {
  type Printed,
  type VirtualRuntime,
  type VirtualRuntimeOptions,
  type VirtualWarning,
  virtualRuntime
} from './runtime.ts'
