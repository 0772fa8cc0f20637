export * from './base.ts'
export * from './bulk_write.ts'
export * from './network.ts'
export * from './server.ts'
