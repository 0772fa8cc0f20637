import { type Skip, skips } from '../runner.ts'
import { CaseError } from './case_error.ts'
import type { Requirement, TestFile, Topology } from './format.ts'
import { type EntityValues, requireMatch } from './matching.ts'

/** The kinds of deployment that there are here. */
const ownTopologies = ['replicaset', 'single'] as const
export type OwnTopology = (typeof ownTopologies)[number]

/** The server version that the embedded deployment claims. */
export const claimedVersion = '8.0'

/** The server parameters that cases ask for, as the embedded deployment has them. */
const parameters: Readonly<Record<string, unknown>> = {
  enableTestCommands: true,
  requireApiVersion: false,
  acceptApiVersion2: false
}

/** The topologies that all requirements allow, or why there is none. Of each list, one entry must be met. */
export function topologiesFor(lists: readonly TestFile['runOnRequirements'][]): readonly OwnTopology[] | Skip {
  const given = lists.filter(list => list !== undefined)
  const fitting = ownTopologies.filter(topology =>
    given.every(list => list.some(requirement => unmet(requirement, topology) === undefined))
  )
  if (fitting.length > 0) return fitting
  const reasons = given.map(list => list.map(requirement => closest(requirement)))
  return reasons.flat().find(reason => reason !== undefined) ?? skips.topology('none that all requirements allow')
}

/** Why no own topology meets the requirement: what else than the topology if there is such a reason. */
function closest(requirement: Requirement): Skip | undefined {
  const found = ownTopologies.map(topology => unmet(requirement, topology))
  return found.includes(undefined) ? undefined : (found.find(reason => reason?.kind !== 'topology') ?? found[0])
}

function unmet(requirement: Requirement, topology: Topology): Skip | undefined {
  const { topologies, minServerVersion: min, maxServerVersion: max } = requirement
  if (topologies !== undefined && !topologies.includes(topology)) return skips.topology(topologies.join(' or '))
  if (min !== undefined && compareVersions(claimedVersion, min) < 0) return skips.serverVersion(`from ${min}`)
  if (max !== undefined && compareVersions(claimedVersion, max) > 0) return skips.serverVersion(`up to ${max}`)
  if (requirement.serverless === 'require') return skips.topology('serverless')
  if (requirement.auth === true || requirement.authMechanism !== undefined) return skips.unbuilt('authentication')
  if (requirement.csfle !== undefined && requirement.csfle !== false) return skips.unbuilt('client-side encryption')
  for (const [name, value] of Object.entries(requirement.serverParameters ?? {}))
    if (!hasParameter(name, value)) return skips.serverParameter(`${name}: ${JSON.stringify(value)}`)
  return undefined
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
