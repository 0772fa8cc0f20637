export { spanTracerOf } from './span_tracer.ts'
export { type TracingOptions, tracingProblem, type TracingSettings, tracingSettingsOf } from './settings.ts'
