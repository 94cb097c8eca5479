import { expect, it } from 'vitest'
import { verdict } from '../../../dev/probe.ts'

const PREFLIGHT = { status: 204, route: null, allowed: true }

it.each([
  ['slash', 'Routes that end with a slash work: SLASH_ROUTES needs no value.'],
  ['refused', 'API Gateway rejects routes that end with a slash: set SLASH_ROUTES=false.'],
  ['plain', 'API Gateway ignores a final slash: SLASH_ROUTES needs no value.'],
  ['default', 'Requests do not reach routes that end with a slash: set SLASH_ROUTES=false.'],
])('the probe advises on routes with a slash: %s', (slash, sentence) => {
  const { works, sentences } = verdict({ slash, preflight: PREFLIGHT })
  expect([works, sentences[0]]).toEqual([true, sentence])
})

it.each([
  [PREFLIGHT, true, 'Preflight requests succeed: API Gateway responds itself.'],
  [{ ...PREFLIGHT, status: 200, route: 'default' }, true, 'Preflight requests succeed: the default route responds.'],
  [
    { ...PREFLIGHT, status: 404 },
    false,
    'Preflight requests fail with status 404: browsers will block calls from other origins.',
  ],
  [
    { ...PREFLIGHT, allowed: false },
    false,
    'Preflight requests fail with status 204: browsers will block calls from other origins.',
  ],
])('the probe reports on preflight requests: %j', (preflight, works, sentence) => {
  const result = verdict({ slash: 'slash', preflight })
  expect([result.works, result.sentences[1]]).toEqual([works, sentence])
})
