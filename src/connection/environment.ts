/** Where the process runs, from its environment variables. Source: the handshake specification. */
import type { HostFacts } from '../runtime/index.ts'

export type FunctionServiceName = 'aws.lambda' | 'azure.func' | 'gcp.func' | 'vercel'

export interface FunctionService {
  readonly name: FunctionServiceName
  readonly region: string | undefined
  /** In MiB. */
  readonly memory: number | undefined
  readonly timeoutSeconds: number | undefined
}

export interface Container {
  readonly runtime: 'docker' | undefined
  readonly orchestrator: 'kubernetes' | undefined
}

type Variables = HostFacts['env']

/** The function service that runs the process. Undefined where there is none, and where the variables contradict. */
export function functionServiceOf(env: Variables): FunctionService | undefined {
  const vercel = isSet(env, 'VERCEL')
  const lambda = env['AWS_EXECUTION_ENV']?.startsWith('AWS_Lambda_') === true || isSet(env, 'AWS_LAMBDA_RUNTIME_API')
  const found: FunctionServiceName[] = []
  if (vercel) found.push('vercel')
  // Vercel runs on Lambda: its own name says more.
  if (lambda && !vercel) found.push('aws.lambda')
  if (isSet(env, 'FUNCTIONS_WORKER_RUNTIME')) found.push('azure.func')
  if (isSet(env, 'K_SERVICE') || isSet(env, 'FUNCTION_NAME')) found.push('gcp.func')
  const [name] = found
  return name === undefined || found.length > 1 ? undefined : { name, ...detailsOf(name, env) }
}

export function containerOf({ env, inContainer }: Pick<HostFacts, 'env' | 'inContainer'>): Container | undefined {
  const runtime = inContainer ? 'docker' : undefined
  const orchestrator = isSet(env, 'KUBERNETES_SERVICE_HOST') ? 'kubernetes' : undefined
  return runtime === undefined && orchestrator === undefined ? undefined : { runtime, orchestrator }
}

function detailsOf(name: FunctionServiceName, env: Variables): Omit<FunctionService, 'name'> {
  const none = { region: undefined, memory: undefined, timeoutSeconds: undefined }
  switch (name) {
    case 'aws.lambda':
      return { ...none, region: text(env, 'AWS_REGION'), memory: int32(env, 'AWS_LAMBDA_FUNCTION_MEMORY_SIZE') }
    case 'gcp.func':
      return {
        region: text(env, 'FUNCTION_REGION'),
        memory: int32(env, 'FUNCTION_MEMORY_MB'),
        timeoutSeconds: int32(env, 'FUNCTION_TIMEOUT_SEC')
      }
    case 'vercel':
      return { ...none, region: text(env, 'VERCEL_REGION') }
    case 'azure.func':
      return none
  }
}

function isSet(env: Variables, name: string): boolean {
  return text(env, name) !== undefined
}

function text(env: Variables, name: string): string | undefined {
  const value = env[name]
  return value === '' ? undefined : value
}

/** What is not a number that the field can hold is left out. */
function int32(env: Variables, name: string): number | undefined {
  const value = env[name] ?? ''
  const number = Number(value)
  return /^\d+$/.test(value) && number <= 0x7fff_ffff ? number : undefined
}
