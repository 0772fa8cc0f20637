import { compareOpTimes, type OpTime } from './op_time.ts'

/** A member that runs, and so has a vote. */
export interface Voter {
  readonly lastOpTime: OpTime
  /** Whether it may become the primary itself. */
  readonly mayLead: boolean
}

/**
 * Who wins now: the one with the newest oplog among those who may lead, if a majority of all members votes for it. Nobody
 * votes for a member whose oplog is older than its own, which is why a write that a majority has is never lost.
 */
export function winnerOf<Member extends Voter>(running: readonly Member[], majority: number): Member | undefined {
  let newest: Member | undefined
  for (const member of running) {
    if (!member.mayLead) continue
    if (newest === undefined || compareOpTimes(member.lastOpTime, newest.lastOpTime) > 0) newest = member
  }
  if (newest === undefined) return undefined
  const { lastOpTime } = newest
  const votes = running.filter(member => compareOpTimes(member.lastOpTime, lastOpTime) <= 0).length
  return votes >= majority ? newest : undefined
}

/** The newest position that a majority has reached. Undefined when not so many are known. */
export function majorityOpTime(positions: readonly OpTime[], majority: number): OpTime | undefined {
  return [...positions].sort((one, other) => compareOpTimes(other, one))[majority - 1]
}
