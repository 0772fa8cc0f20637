export * from './deadlines.ts'
export * from './runtime.ts'
export * from './tls.ts'
