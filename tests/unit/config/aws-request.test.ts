import { afterEach, expect, it, vi } from 'vitest'
import { AwsError, serviceUrl } from '../../../lib/config/aws-request.ts'

afterEach(() => vi.unstubAllEnvs())

it.each([
  ['eu-central-1', '', '', 'https://events.eu-central-1.amazonaws.com'],
  ['cn-north-1', '', '', 'https://events.cn-north-1.amazonaws.com.cn'],
  ['eu-central-1', 'http://events.test', 'http://all.test', 'http://events.test'],
  ['eu-central-1', '', 'http://all.test', 'http://all.test'],
])('the URL of EventBridge in %s with %j and %j is %s', (region, ofService, ofAll, expected) => {
  vi.stubEnv('AWS_ENDPOINT_URL_EVENTBRIDGE', ofService)
  vi.stubEnv('AWS_ENDPOINT_URL', ofAll)
  expect(serviceUrl('EVENTBRIDGE', 'events', region)).toBe(expected)
})

it.each([
  [400, 'ThrottlingException', true],
  [400, 'TooManyUpdates', true],
  [200, 'InternalFailure', true],
  [500, 'UnknownError', true],
  [400, 'AccessDeniedException', false],
  [200, 'ValidationException', false],
])('an error with status %d and the name %s may be temporary: %s', (status, name, isTemporary) => {
  expect(new AwsError(status, name)).toMatchObject({ name, message: '', isTemporary })
})
