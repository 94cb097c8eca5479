import * as z from 'zod/mini'
import { adminToken } from '../lib/access/admin-token.ts'
import { requireAnyOf } from '../lib/access/proof.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { json } from '../lib/http/response.ts'
import { countJobs } from '../lib/jobs/count-jobs.ts'
import { countBlocks } from '../lib/opensensemap/count-blocks.ts'

/** @limit Downloads | jobs or blocks in each state of which `GET /status` returns the number */
const MAX_COUNT = 1_000

const counts = z.object({ due: z.int(), parked: z.int() })

/** GET /status: returns how much work is due or parked -> {events: {due, parked}, blocks: {due, parked}}. */
export const handler = endpoint(
  {
    access: requireAnyOf(adminToken({ inQuery: false })),
    input: () => undefined,
    responses: { 200: z.object({ events: counts, blocks: counts }) },
  },
  async () => {
    const [dueEvents, parkedEvents, dueBlocks, parkedBlocks] = await Promise.all([
      countJobs('due', MAX_COUNT),
      countJobs('parked', MAX_COUNT),
      countBlocks('due', MAX_COUNT),
      countBlocks('parked', MAX_COUNT),
    ])
    return json(200, {
      events: { due: dueEvents, parked: parkedEvents },
      blocks: { due: dueBlocks, parked: parkedBlocks },
    })
  },
)
