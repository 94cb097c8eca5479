import { Logger } from '@aws-lambda-powertools/logger'
import { ConfigError } from '../config/config-error.ts'
import { Problem, type ProblemFacts } from '../core/problem.ts'

const logger = new Logger({ serviceName: 'latchkey' })

interface Message<Facts> {
  level: 'info' | 'warn' | 'error'
  sentence: string
  /** Never set: it carries the type of the fields that `log` requires. */
  facts?: Facts
}

const info = <Facts>(sentence: string): Message<Facts> => ({ level: 'info', sentence })
const warn = <Facts>(sentence: string): Message<Facts> => ({ level: 'warn', sentence })
const error = <Facts>(sentence: string): Message<Facts> => ({ level: 'error', sentence })

interface RequestFacts {
  request_id: string
  /** Method and path of the route, without the query: queries carry secrets. */
  route: string
  status: number
  duration_ms: number
}

interface JobFacts {
  /** Provider, interview and status of the event; it names no person. */
  event: string
  kind: string
  attempts: number
  /** A problem code. */
  reason: string
}

/** A file or an export by its id, which names no person. */
interface FileFacts {
  file: string
}

interface ReaderFacts {
  request_id: string
  /** `admin` with the admin token. */
  client_id: string
}

/**
 * Every log message by its code, with the fields that it has. No field holds a secret, token, email address or body. `box`
 * is a short digest, because devices choose the names of boxes.
 */
export const MESSAGES = {
  request_completed: info<RequestFacts>('The request succeeded.'),
  request_refused: info<RequestFacts & { problem?: string }>('The request was rejected with a 4xx status.'),
  request_failed: error<RequestFacts & { problem?: string; cause: unknown }>('The request failed with a 5xx status.'),
  token_introspected: info<{ request_id: string; client_id: string; active: boolean }>(
    'A confidential client checked an auth token.',
  ),
  share_created: info<{ request_id: string; client_id: string; share_id: string; created_by: 'admin' | 'client' }>(
    'A share of measurements was created.',
  ),
  share_revoked: info<{ request_id: string; client_id: string; share_id: string }>(
    'A share of measurements was revoked.',
  ),
  export_created: info<{ request_id: string; client_id: string; export_id: string; format: string }>(
    'An export of measurements was created.',
  ),
  events_listed: info<ReaderFacts & { provider?: string; events: number }>('Stored events were listed.'),
  event_read: info<ReaderFacts & { event: string; part: 'fields' | 'body' }>('A stored event was read.'),
  events_redriven: info<ReaderFacts & { event?: string; provider?: string; events: number }>(
    'Stored events are due again.',
  ),
  decryption_failed: error<{ kind: string; client_id?: string }>(
    'No key of SEAL_KEYS or SEAL_KEY decrypts a stored value: another key encrypted it, or it was changed.',
  ),
  incode_admin_token_unusable: error<{ reason: string }>(
    'Incode accepts no configured admin token; sessions are not approved until an operator sets one.',
  ),
  work_postponed: warn<JobFacts>('A job failed; Latchkey will retry it.'),
  work_parked: error<JobFacts>('A job failed for a day and is parked; an operator must check it.'),
  work_failed: error<{ event: string; cause: unknown }>(
    'Could not load or update the job; check its item and the table.',
  ),
  work_not_started: warn<{ cause: unknown }>('The function that processes files was not called; its schedule will.'),
  file_created: info<FileFacts & { request_id: string; client_id: string; purpose: string; bytes: number }>(
    'A file was created; its parts are sent to the bucket.',
  ),
  file_completed: info<FileFacts & { request_id: string; purpose: string; bytes: number }>(
    'All parts of a file have arrived; it is being processed.',
  ),
  file_processed: info<FileFacts & { purpose: string; result: string; rows?: number; bytes: number }>(
    'A file is stored, or was rejected because of its content.',
  ),
  file_removed: info<FileFacts & { purpose: string; reason: string }>('A file and its content were removed.'),
  file_work_postponed: warn<{ work: string; attempts: number; outages: number; cause: unknown }>(
    'The work of a file or an export failed; Latchkey will retry it.',
  ),
  file_work_parked: error<{ work: string; attempts: number }>(
    'The work of a file or an export failed several times without progress; an operator must check it.',
  ),
  sweep_completed: info<{ due: number; done: number; failed: number }>('The scheduled run of pending jobs ended.'),
  series_notes_failed: warn<{ cause: unknown }>('The rows of an upload are stored, but not its warnings and units.'),
  forward_completed: info<{
    boxes: number
    posts: number
    measurements: number
    /** Values that are not numbers, and values that are too close together. */
    left_out: number
    failed: number
  }>('The scheduled run that forwards measurements ended.'),
  forward_failed: warn<{ box: string; cause: unknown }>('Forwarding failed for a box; Latchkey will retry it.'),
  forward_waiting: warn<{ box: string }>('A new box has no position yet; its measurements wait for one.'),
  block_parked: error<{ box: string; blocks: number; reason: string }>(
    'Latchkey stopped forwarding blocks of a box; an operator must check them.',
  ),
} as const

export type MessageCode = keyof typeof MESSAGES
export type MessageFacts<Code extends MessageCode> = NonNullable<(typeof MESSAGES)[Code]['facts']>

/** Writes one log line. `cause` may be any thrown value: the line gets its names and places, not its text. */
export function log<Code extends MessageCode>(code: Code, facts: MessageFacts<Code>): void {
  const { level, sentence } = MESSAGES[code]
  logger[level](sentence, { code, ...facts, ...('cause' in facts && { cause: describeCauses(facts.cause) }) })
}

interface ErrorDescription {
  name: string
  problem?: string
  said?: string
  facts?: ProblemFacts
  /** The top five stack frames. */
  at: string[]
}

/** Describes an error and the chain of its causes. The text of an error is left out, because it may quote the request. */
function describeCauses(thrown: unknown): ErrorDescription[] {
  if (!(thrown instanceof Error)) return []
  const { code, facts } = thrown instanceof Problem ? thrown : {}
  // Texts about settings and texts of AWS are safe, except a ValidationException, which quotes the request.
  const isSafeText =
    thrown instanceof ConfigError ||
    code === 'provider_not_configured' ||
    ('$metadata' in thrown && thrown.name !== 'ValidationException')
  const frames = (thrown.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line))
  const description = {
    name: thrown.name,
    ...(code && { problem: code }),
    ...(isSafeText && { said: thrown.message }),
    ...(facts && { facts }),
    at: frames.slice(0, 5).map((frame) => frame.trim()),
  }
  return [description, ...describeCauses(thrown.cause)]
}
