import { type Skip, skips } from '../runner.ts'
import { CaseError } from './case_error.ts'
import type { Requirement, TestFile, Topology } from './format.ts'
import { type EntityValues, requireMatch } from './matching.ts'

/** A kind of deployment that there is here. */
export interface OwnDeployment {
  readonly topology: 'replicaset' | 'single' | 'sharded' | 'load-balanced'
  /** Whether clients have to authenticate. */
  readonly auth: boolean
}

const plainDeployments: readonly OwnDeployment[] = [
  { topology: 'replicaset', auth: false },
  { topology: 'single', auth: false },
  { topology: 'sharded', auth: false },
  { topology: 'load-balanced', auth: false }
]
const authenticating: readonly OwnDeployment[] = plainDeployments.map(each => ({ ...each, auth: true }))

/** The server version that the embedded deployment claims. */
export const claimedVersion = '8.0'

/** The server parameters that cases ask for, as the embedded deployment has them. */
const parameters: Readonly<Record<string, unknown>> = {
  enableTestCommands: true,
  requireApiVersion: false,
  acceptApiVersion2: false
}
/** How a user of the embedded deployment may authenticate. */
const mechanisms: readonly string[] = ['SCRAM-SHA-1', 'SCRAM-SHA-256', 'PLAIN']

/**
 * The deployments that all requirements allow, or why there is none; those where clients authenticate only for cases that
 * want that. Of each list, one entry must be met. Behind a load balancer run those that name it: to all others it is a
 * sharded cluster.
 */
export function deploymentsFor(lists: readonly TestFile['runOnRequirements'][]): readonly OwnDeployment[] | Skip {
  const given = lists.filter(list => list !== undefined)
  const namesBalancer = given.flat().some(({ topologies }) => topologies?.includes('load-balanced'))
  const allows = (deployment: OwnDeployment): boolean =>
    (namesBalancer || deployment.topology !== 'load-balanced') &&
    given.every(list => list.some(requirement => unmet(requirement, deployment) === undefined))
  for (const deployments of [plainDeployments, authenticating]) {
    const fitting = deployments.filter(allows)
    if (fitting.length > 0) return fitting
  }
  const reasons = given.flat().map(closest)
  return reasons.find(reason => reason !== undefined) ?? skips.topology('none that all requirements allow')
}

/** Why no deployment meets the requirement: what else than the topology if there is such a reason. */
function closest(requirement: Requirement): Skip | undefined {
  const found = [...authenticating, ...plainDeployments].map(deployment => unmet(requirement, deployment))
  return found.includes(undefined) ? undefined : (found.find(reason => reason?.kind !== 'topology') ?? found[0])
}

function unmet(requirement: Requirement, { topology, auth }: OwnDeployment): Skip | undefined {
  const { topologies, minServerVersion: min, maxServerVersion: max, authMechanism } = requirement
  if (topologies?.some(wanted => isOfKind(topology, wanted)) === false) return skips.topology(topologies.join(' or '))
  if (min !== undefined && compareVersions(claimedVersion, min) < 0) return skips.serverVersion(`from ${min}`)
  if (max !== undefined && compareVersions(claimedVersion, max) > 0) return skips.serverVersion(`up to ${max}`)
  if (requirement.serverless === 'require') return skips.topology('serverless')
  if (requirement.auth !== undefined && requirement.auth !== auth)
    return skips.topology(auth ? 'without authentication' : 'with authentication')
  if (authMechanism !== undefined && !mechanisms.includes(authMechanism))
    return skips.serverParameter(`authenticationMechanisms: ${authMechanism}`)
  if (requirement.csfle !== undefined && requirement.csfle !== false) return skips.feature('client-side encryption')
  for (const [name, value] of Object.entries(requirement.serverParameters ?? {}))
    if (!hasParameter(name, value)) return skips.serverParameter(`${name}: ${JSON.stringify(value)}`)
  return undefined
}

/** A shard is always a replica set here. */
function isOfKind(topology: OwnDeployment['topology'], wanted: Topology): boolean {
  return wanted === topology || (wanted === 'sharded-replicaset' && topology === 'sharded')
}

const noEntities: EntityValues = {
  value: id => {
    throw new CaseError(`there is no entity ${id} before a case runs`)
  }
}

function hasParameter(name: string, value: unknown): boolean {
  try {
    requireMatch(value, parameters[name], name, noEntities)
    return true
  } catch (error) {
    if (error instanceof CaseError) return false
    throw error
  }
}

/** Component by component, as far as both go: 8.0 is neither before nor after 8.0.99. */
function compareVersions(one: string, other: string): number {
  const [left, right] = [one.split('.').map(Number), other.split('.').map(Number)]
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
