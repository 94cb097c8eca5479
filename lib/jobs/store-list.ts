import { QueryCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { inParallel } from '../core/concurrency.ts'
import { documents, unixSeconds } from '../dynamodb/client.ts'
import type { EventState } from './event-states.ts'
import { eventRecord } from './stored-event.ts'

/** Items that one call reads before it ends the page. Each has about 400 bytes in the index. */
const MAX_ITEMS_READ = 5_000
/** Items that one query reads. A filter leaves few of them. */
const FILTERED_ITEMS = 1_000
const FEWEST_ITEMS = 10
const LISTS_AT_ONCE = 10

export interface EventFilter {
  type?: string | undefined
  state?: EventState | undefined
  /** Of the receipt, in UNIX milliseconds, both inclusive. */
  from?: number | undefined
  to?: number | undefined
}

export interface EventListRequest extends EventFilter {
  providers: readonly string[]
  number: number
  /** `next` of the previous page. */
  after?: string | undefined
  /** UNIX milliseconds after which no further item is read. */
  deadline: number
}

const listedEvent = z.extend(eventRecord, { event_order: z.string() })
type ListedEvent = z.output<typeof listedEvent>
const listKey = z.object({ event_order: z.string() })

/** A position in the order of `eventOrder`, as `next` has it. */
export const eventPosition = z
  .string()
  .check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z#event#[a-z][a-z0-9-]{0,31}#[\w.#-]{1,512}$/))

/** The events of one provider, of which a part is read. */
interface List {
  provider: string
  /** Read, and not returned yet. */
  events: ListedEvent[]
  /** Where reading continues; null at the end. */
  start: Record<string, unknown> | null
}

/**
 * Lists the events of providers by the time of receipt, the newest first. A short or empty page may have a `next`. Changes
 * of the last moment may be missing, because the index is eventually consistent.
 */
export async function listStoredEvents(
  request: EventListRequest,
): Promise<{ events: ListedEvent[]; next: string | null }> {
  const { providers, number, deadline } = request
  let itemsRead = 0
  const readMore = async (list: List): Promise<void> => {
    const { events, start, scanned } = await queryEvents(list, request)
    list.events.push(...events)
    list.start = start
    itemsRead += scanned
  }
  const lists = providers.map((provider): List => ({ provider, events: [], start: null }))
  await inParallel(lists, LISTS_AT_ONCE, readMore)
  const events: ListedEvent[] = []
  for (;;) {
    const newest = newestOf(lists)
    if (!newest) return { events, next: null }
    const { list, position } = newest
    if (events.length === number) return { events, next: events.at(-1)?.event_order ?? null }
    const event = list.events.shift()
    if (event) events.push(event)
    else if (itemsRead >= MAX_ITEMS_READ || Date.now() > deadline) return { events, next: position }
    else await readMore(list)
  }
}

/** The list that may have the newest event that was not returned yet, and the position from which it continues. */
function newestOf(lists: readonly List[]): { list: List; position: string } | undefined {
  const positions = lists.flatMap((list) => {
    const [next = list.start] = list.events
    return next === null ? [] : [{ list, position: listKey.parse(next).event_order }]
  })
  const [first, ...others] = positions
  return first && others.reduce((one, other) => (other.position > one.position ? other : one), first)
}

/** The years 1970 to 9999 sort as texts. */
const LATEST_MS = Date.parse('9999-12-31T23:59:59.999Z')
const timeText = (ms: number): string => new Date(Math.min(Math.max(ms, 0), LATEST_MS)).toISOString()

async function queryEvents({ provider, start }: List, request: EventListRequest) {
  const { from = 0, to = LATEST_MS, after, number, providers, type, state } = request
  const first = timeText(Math.ceil(from))
  const end = `${timeText(Math.floor(to))}~`
  const last = after !== undefined && after < end ? after : end
  // DynamoDB rejects a range that ends before its start.
  if (first > last) return { events: [], start: null, scanned: 0 }
  const { SESSIONS_TABLE } = await getSettings('SESSIONS_TABLE')
  const isFiltered = type !== undefined || state !== undefined
  const { filters, values } = filterOf({ type, state })
  const { Items, LastEvaluatedKey, ScannedCount } = await documents.send(
    new QueryCommand({
      TableName: SESSIONS_TABLE,
      IndexName: 'events',
      KeyConditionExpression: 'event_list = :list AND event_order BETWEEN :first AND :last',
      FilterExpression: filters,
      ExpressionAttributeValues: { ...values, ':list': provider, ':first': first, ':last': last },
      ScanIndexForward: false,
      Limit: isFiltered ? FILTERED_ITEMS : Math.max(FEWEST_ITEMS, Math.ceil(number / providers.length) + 1),
      ...(start && { ExclusiveStartKey: start }),
    }),
  )
  const listed = z.array(listedEvent).parse(Items)
  return {
    events: listed.filter(({ event_order }) => event_order !== after),
    start: LastEvaluatedKey ?? null,
    scanned: z.number().parse(ScannedCount),
  }
}

function filterOf({ type, state }: EventFilter) {
  const ofState = state === 'stored' ? 'attribute_not_exists(work_state)' : 'work_state = :state'
  const filters = [
    'expires_at > :now',
    ...(type === undefined ? [] : ['event_type = :type']),
    ...(state === undefined ? [] : [ofState]),
  ]
  return {
    filters: filters.join(' AND '),
    values: {
      ':now': unixSeconds(Date.now()),
      ...(type !== undefined && { ':type': type }),
      ...(state !== undefined && state !== 'stored' && { ':state': state }),
    },
  }
}
