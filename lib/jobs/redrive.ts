import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { getSettings } from '../config/settings.ts'
import { responseIfConditionHolds } from '../dynamodb/client.ts'
import { listOfShard } from '../dynamodb/shards.ts'
import type { EventState } from './event-states.ts'
import { keyOfEvent } from './events.ts'
import { type EventRecord, eventRecord } from './stored-event.ts'

/** The kind of a job that only sends an event on. */
export const SENDING = 'send'

const DUE = 'work_state = :pending, outbox = :due, due_at = :now, attempts = :none'
/** What Latchkey itself does for an event is done, and its outcome stays: the job only sends. */
const SEND_AGAIN = 'kind = :kind, sent_to = :unsent'

const CHANGES: Readonly<Record<EventState, { set: string; condition: string; values: object }>> = {
  parked: { set: DUE, condition: 'work_state = :parked', values: { ':parked': 'parked' } },
  // A running job keeps its lease, so that no second one starts.
  pending: { set: DUE, condition: 'work_state = :pending', values: {} },
  done: {
    set: `${DUE}, ${SEND_AGAIN}`,
    condition: 'work_state = :done',
    values: { ':done': 'done', ':kind': SENDING, ':unsent': [] },
  },
  stored: {
    set: `${DUE}, ${SEND_AGAIN}`,
    condition: 'attribute_exists(id) AND attribute_not_exists(work_state)',
    values: { ':kind': SENDING, ':unsent': [] },
  },
}

/**
 * Makes the job of the event with a public id due at `now` (UNIX milliseconds), with all attempts before it. An event in
 * the state `stored` or `done` is sent to its recipients, again if they have it. Returns the changed event; null where the
 * event is no longer in this state, and nothing was changed.
 */
export async function redriveJob(id: string, state: EventState, now: number): Promise<EventRecord | null> {
  const { SESSIONS_TABLE } = await getSettings('SESSIONS_TABLE')
  const { set, condition, values } = CHANGES[state]
  const key = keyOfEvent(id)
  const response = await responseIfConditionHolds(
    new UpdateCommand({
      TableName: SESSIONS_TABLE,
      Key: { id: key },
      UpdateExpression: `SET ${set}`,
      ConditionExpression: condition,
      ExpressionAttributeValues: {
        ...values,
        ':pending': 'pending',
        ':due': listOfShard('due', key),
        ':now': now,
        ':none': 0,
      },
      ReturnValues: 'ALL_NEW',
    }),
  )
  return response && eventRecord.parse(response.Attributes)
}
