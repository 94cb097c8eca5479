// @module-tag local-only
// It would take as long as all other tests together.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseBody } from '../../lib/measurements/parse-body.ts'
import { Warnings } from '../../lib/measurements/warnings.ts'
import { apiDescription, exactDescription } from '../../lib/openapi/document.ts'
import { type Latchkey, startLatchkey } from '../support/latchkey.ts'
import { type Exchange, exchangesOf, operationsOf, readDocument } from '../support/openapi/document.ts'
import { schemasOf } from '../support/openapi/schemas.ts'
import { faultsOf } from '../support/openapi/walk.ts'
import { SETTINGS } from '../support/openapi/world.ts'
import { thrownProblem } from '../support/problems.ts'

const text = JSON.stringify(exactDescription())
const document = readDocument(text)
const schemas = schemasOf(document, readDocument(JSON.stringify(apiDescription())))
const exchanges = operationsOf(document).flatMap(exchangesOf)

/** Names of examples that are not sent, and why. */
const NOT_WALKED: Readonly<Record<string, string>> = {
  gateway: 'API Gateway says it',
  internal_error: 'it is a fault of ours',
  provider_timeout: 'it takes seven seconds',
  provider_not_configured: 'it needs other settings',
  nonce_required: 'it needs other settings',
  range_too_large: 'it needs half a million rows',
  event_in_progress: 'it needs callers side by side',
  pins_exhausted: 'it needs thousands of calls',
}

const titled = (found: Exchange[]) =>
  found.map((each) => [each.operation.operationId, each.name, each.summary, each.status, each] as const)
const walked = exchanges.filter(({ name }) => NOT_WALKED[name] === undefined)

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey(SETTINGS)
})
afterAll(() => latchkey.stop())

const faults = (exchange: Exchange) => faultsOf(latchkey, document, schemas, exchange)

describe('the examples of the API description', () => {
  // Examples that lock out a client run last, and those that lock out an IP address after them.
  const rank = ({ status, operation }: Exchange) => (status !== '429' ? 0 : operation.tags[0] === 'Calls' ? 1 : 2)
  const ordered = walked.toSorted((one, other) => rank(one) - rank(other))
  it.each(titled(ordered))('%s, %s: %s is %s', async (_id, _name, _summary, _status, exchange) => {
    expect((await faults(exchange)).join('\n')).toBe('')
  })

  it('are all sent, apart from documented exceptions', () => {
    const names = new Set(exchanges.map(({ name }) => name))
    expect(
      Object.keys(NOT_WALKED).filter((name) => !names.has(name)),
      'tests/contract/openapi.test.ts, NOT_WALKED: remove these names, which no example has',
    ).toEqual([])
    expect(walked.length).toBeGreaterThan(300)
  })
})

it('the description of POST /upload has exactly the media types that the parser accepts', () => {
  const { headers } = thrownProblem(() => parseBody('application/xml', Buffer.from('x'), new Warnings()))
  const described = Object.keys(document.paths['/upload']?.['post']?.requestBody?.content ?? {})
  expect(
    described.toSorted(),
    'functions/upload.docs.ts: FORMATS describes each key of FORMATS in lib/measurements/content-type.ts',
  ).toEqual(headers['accept']?.split(', ').toSorted())
})
