import { randomUUID } from 'node:crypto'
import * as z from 'zod'
import { parseJsonOrUndefined } from '../../lib/core/json.ts'
import { plain } from '../plain-text.ts'
import { type Fake, startFake } from './fake.ts'

const request = z.object({
  Entries: z
    .array(z.object({ EventBusName: z.string(), Source: z.string(), DetailType: z.string(), Detail: z.string() }))
    .min(1)
    .max(10),
})
const detail = z.object({ id: z.string() })

/** Starts an EventBridge that accepts every entry of PutEvents, and prints one line for each. */
export const startEventBus = (print: (line: string) => void): Promise<Fake> =>
  startFake(({ headers, body }) => {
    if (headers['x-amz-target'] !== 'AWSEvents.PutEvents')
      return { status: 400, body: { __type: 'UnknownOperationException' } }
    const parsed = request.safeParse(body)
    if (!parsed.success) return { status: 400, body: { __type: 'ValidationException' } }
    const Entries = parsed.data.Entries.map(({ EventBusName, Source, DetailType, Detail }) => {
      const details = detail.safeParse(parseJsonOrUndefined(Detail))
      if (!details.success) return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' }
      const { id } = details.data
      print(plain(`Bus ${EventBusName}: ${Source}, ${DetailType}, ${id}, ${Buffer.byteLength(Detail)} bytes`))
      return { EventId: randomUUID() }
    })
    const FailedEntryCount = Entries.filter((entry) => 'ErrorCode' in entry).length
    return { status: 200, body: { FailedEntryCount, Entries } }
  })
