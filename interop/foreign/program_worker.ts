import { poolEventNames } from '../../test/integration/pool_event_names.ts'
import type { EventCounts } from '../balance.ts'
import { run } from '../processes.ts'
import type { Results, Task, Worker } from './work.ts'

const taskMSMax = 60_000

/** A driver whose work is a program: a process for each task. */
export function programWorker(name: Worker['name'], command: string, args: readonly string[]): Worker {
  const work = async (task: Task): Promise<Results[Task['task']]> => {
    const result = JSON.parse(
      await run({ command, args: [...args, JSON.stringify(task)] }, taskMSMax)
    ) as Results['crud']
    return task.task === 'poolEvents' ? allKinds(result as unknown as Partial<EventCounts>) : result
  }
  return { name, work: work as Worker['work'] }
}

/** Kinds that a program never counted are 0; one that there is not stays, and is a difference. */
function allKinds(counts: Partial<EventCounts>): EventCounts {
  return { ...(Object.fromEntries(poolEventNames.map(name => [name, 0])) as unknown as EventCounts), ...counts }
}
