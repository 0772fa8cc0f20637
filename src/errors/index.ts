export * from './base.ts'
export * from './network.ts'
export * from './server.ts'
