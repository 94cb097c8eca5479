import { log, type MessageFacts } from '../observability/log.ts'

/** Logs how a request ended, by its status; `cause` is the error that a 5xx status comes from. */
export function logRequest(facts: MessageFacts<'request_refused'>, cause?: unknown): void {
  if (facts.status >= 500) log('request_failed', { ...facts, cause })
  else log(facts.status >= 400 ? 'request_refused' : 'request_completed', facts)
}
