import type { Command, Services } from '../command.ts'
import { fields, int64 } from '../reply.ts'

export function configureFailPointCommand({ failPoints }: Pick<Services, 'failPoints'>): Command {
  return {
    name: 'configureFailPoint',
    access: 'anywhere',
    concerns: 'none',
    inStableAPI: false,
    adminOnly: true,
    fields: { taken: ['mode', 'data'] },
    run: call => fields({ count: int64(failPoints.configure(call.arguments.body)) })
  }
}
