export * from './client_options_data.ts'
export type { CredentialOptions, MechanismName } from './credentials.ts'
export { type DriverInfo, driverInfoProblem } from './driver_info.ts'
export { EnvironmentVariables, wholeNumberIn } from './environment_variables.ts'
export { addressOf, type Host, hostOf, type NetworkHost, type SocketHost } from './hosts.ts'
export {
  type LogComponent,
  logComponents,
  type LogComponentSeverities,
  logDocumentLengthDefault,
  logSeverities,
  type LogSeverity
} from './logging_options.ts'
export type { OptionName } from './option_row.ts'
export type { OptionValues } from './option_values.ts'
export { type ParsedOptions, parseOptions } from './parse_options.ts'
export { isDefaultReadConcern, type ReadConcern, readConcernDocument, readConcernFrom } from './read_concern.ts'
export {
  primaryReadPreference,
  type ReadPreference,
  readPreferenceFrom,
  type ReadPreferenceInput,
  type ReadPreferenceMode,
  type TagSet
} from './read_preference.ts'
export { optionsReference } from './reference.ts'
export {
  credentialsOf,
  nonDefaultPoolOptions,
  type PoolOptions,
  type ResolvedOptions,
  resolveOptions
} from './resolve_options.ts'
export { type SeedList, withSeedList } from './seed_list.ts'
export { Secrets, type SecretValues } from './secrets.ts'
export { type ServerApi, ServerApiVersion } from './server_api.ts'
export { refuseUselessTLS } from './tls_refusals.ts'
export { refuseUnbuilt, warningOfAuthentication } from './unbuilt.ts'
export {
  isAcknowledged,
  isDefaultWriteConcern,
  type WriteConcern,
  writeConcernDocument,
  type WriteConcernDocument,
  writeConcernFrom,
  type WriteConcernInput
} from './write_concern.ts'
