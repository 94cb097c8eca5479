import { Logger } from '@aws-lambda-powertools/logger'
import { ConfigError } from '../config/config-error.ts'
import { Problem, type ProblemFacts } from '../core/problem.ts'

const logger = new Logger({ serviceName: 'latchkey' })

/** Every message there is: its code with the sentence a person reads. No message carries a secret, token, e-mail or body. */
export const MESSAGES = {
  request_completed: 'The request was answered.',
  request_refused: 'The request was refused.',
  request_failed: 'The request failed on our side.',
  decryption_failed: 'SEAL_KEY does not decrypt a stored value: another key encrypted it, or it was changed.',
  incode_admin_token_unusable:
    'There is no admin token that Incode takes: nothing is approved until somebody sets one.',
  work_postponed: 'Work for an event failed and will be tried again.',
  work_parked: 'Work for an event was given up after a day of attempts: somebody must look at it.',
  work_failed: 'Work for an event could not be looked after; its item or the table is at fault.',
  sweep_completed: 'Pending work was looked after.',
  forward_completed: 'Measurements that were due were forwarded, as far as that was possible.',
  forward_failed: 'Forwarding to a box, or to all of them, failed and will be tried again.',
  forward_waiting: 'A box waits for measurements that tell where it is; without them it cannot be made.',
  block_parked: 'A block of measurements is not forwarded any more: somebody must look at it.',
} as const

export interface RequestFacts {
  request_id: string
  /** Method and path as the API knows them, without a query: secrets travel there. */
  route: string
  status: number
  duration_ms: number
  problem?: string
}

/** Logs that a stored value cannot be decrypted. `client_id` names the owner of a salt. */
export const logDecryptionFailed = (facts: { kind: string; client_id?: string }): void =>
  logger.error(MESSAGES.decryption_failed, { code: 'decryption_failed', ...facts })

/** Logs why there is no admin token for Incode. */
export const logAdminToken = (reason: string): void =>
  logger.error(MESSAGES.incode_admin_token_unusable, { code: 'incode_admin_token_unusable', reason })

/** Logs what becomes of work that an event asks for. `event` names provider, interview and status, no person. */
export const logWork = (
  code: 'work_postponed' | 'work_parked',
  facts: { event: string; kind: string; attempts: number; reason: string },
): void => logger[code === 'work_parked' ? 'error' : 'warn'](MESSAGES[code], { code, ...facts })

/** Logs that pending work could not even be begun, or its outcome not be kept. */
export const logWorkFailed = (event: string, error: unknown): void =>
  logger.error(MESSAGES.work_failed, { code: 'work_failed', event, cause: describe(error) })

/** Logs a run of the sweep. */
export const logSweep = (facts: { due: number; done: number; failed: number }): void =>
  logger.info(MESSAGES.sweep_completed, { code: 'sweep_completed', ...facts })

/** What a run of forwarding has come to. */
export interface ForwardingSummary {
  boxes: number
  posts: number
  measurements: number
  /** Values that are never sent: no numbers, or too close together. */
  left_out: number
  failed: number
}

/** Logs a run of forwarding. */
export const logForward = (facts: ForwardingSummary): void =>
  logger.info(MESSAGES.forward_completed, { code: 'forward_completed', ...facts })

/** Boxes are named in the log by the beginning of their digest: their names come from devices. */
export const shortDigest = (digest: string): string => digest.slice(0, 10)

/** Logs that a box could not be served. */
export const logForwardFailed = (digest: string, error: unknown): void =>
  logger.warn(MESSAGES.forward_failed, {
    code: 'forward_failed',
    box: shortDigest(digest),
    cause: describe(error),
  })

/** Logs that measurements are kept back for want of a position. */
export const logForwardWaiting = (digest: string): void =>
  logger.warn(MESSAGES.forward_waiting, { code: 'forward_waiting', box: shortDigest(digest) })

/** Logs that blocks of a box were given up. */
export const logBlocksParked = (digest: string, blocks: number, reason: string): void =>
  logger.error(MESSAGES.block_parked, { code: 'block_parked', box: shortDigest(digest), blocks, reason })

/** Logs how a request ended; what broke is told by kind and place, since an error's own text may quote the request. */
export function logRequest(facts: RequestFacts, error?: unknown): void {
  if (facts.status >= 500)
    logger.error(MESSAGES.request_failed, { code: 'request_failed', ...facts, cause: describe(error) })
  else if (facts.status >= 400) logger.info(MESSAGES.request_refused, { code: 'request_refused', ...facts })
  else logger.info(MESSAGES.request_completed, { code: 'request_completed', ...facts })
}

function describe(
  error: unknown,
): { name: string; problem?: string; said?: string; facts?: ProblemFacts; at: string[] }[] {
  if (!(error instanceof Error)) return []
  // Texts of our own settings and of AWS speak of names and limits, but a ValidationException quotes the request.
  const code = error instanceof Problem ? error.code : undefined
  const ours =
    error instanceof ConfigError ||
    code === 'provider_not_configured' ||
    ('$metadata' in error && error.name !== 'ValidationException')
  const at = (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim())
  const facts = error instanceof Problem ? error.facts : undefined
  const told = {
    name: error.name,
    ...(code && { problem: code }),
    ...(ours && { said: error.message }),
    ...(facts && { facts }),
    at: at.slice(0, 5),
  }
  return [told, ...describe(error.cause)]
}
