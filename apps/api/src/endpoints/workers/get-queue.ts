import { QueueResponse } from '@tidemill/core'
import { z } from 'zod'
import { endpoint } from '../../http/endpoint.ts'

export const getQueue = endpoint({
  id: 'TM11',
  method: 'GET',
  path: '/queue',
  access: { server: 'READ' },
  request: z.object({}),
  response: QueueResponse,
  handle: async (_message, { engine }) => {
    const { depth, oldestQueuedAt, waiting } = await engine.getQueue()
    return {
      depth,
      ...(oldestQueuedAt === undefined ? {} : { oldest_queued_at: oldestQueuedAt }),
      waiting: waiting.map(({ reason, count }) => ({ reason, count })),
    }
  },
})
