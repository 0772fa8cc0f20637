export { nodeRuntime } from './runtime.ts'
