import { afterEach, expect, it, vi } from 'vitest'
import { parameterStoreUrl } from '../../../lib/config/ssm.ts'

afterEach(() => vi.unstubAllEnvs())

it.each([
  ['eu-central-1', '', '', 'https://ssm.eu-central-1.amazonaws.com'],
  ['cn-north-1', '', '', 'https://ssm.cn-north-1.amazonaws.com.cn'],
  ['eu-central-1', 'http://ssm.test', 'http://all.test', 'http://ssm.test'],
  ['eu-central-1', '', 'http://all.test', 'http://all.test'],
])('the URL of Parameter Store in %s with %j and %j is %s', (region, ofService, ofAll, expected) => {
  vi.stubEnv('AWS_ENDPOINT_URL_SSM', ofService)
  vi.stubEnv('AWS_ENDPOINT_URL', ofAll)
  expect(parameterStoreUrl(region)).toBe(expected)
})
