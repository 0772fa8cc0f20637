export type { AuthenticationSetup } from './authentication.ts'
export { appNameBytesMax, type ClientFacts, encodeClientMetadata } from './client_metadata.ts'
export { encodeServerApi, endCommand } from './command_end.ts'
export * from './connection.ts'
export { driverName, driverVersion } from './driver_version.ts'
export { functionServiceOf } from './environment.ts'
export { establisher, type EstablisherSetup } from './establish.ts'
export {
  type HelloAwait,
  HelloExchange,
  type HelloHandler,
  type HelloRequest,
  type KnownTopologyVersion
} from './hello.ts'
export type { ConnectionLimits, HelloReply, ServerKind } from './hello_reply.ts'
export { type OpenSocket, type SocketActivity, SocketLedger } from './socket_ledger.ts'
export { incompatibility, wireVersionMax, wireVersionMin } from './wire_versions.ts'
