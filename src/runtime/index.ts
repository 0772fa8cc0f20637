export * from './deadlines.ts'
export * from './runtime.ts'
