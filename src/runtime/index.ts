export * from './compression.ts'
export * from './deadlines.ts'
export * from './runtime.ts'
export * from './tls.ts'
