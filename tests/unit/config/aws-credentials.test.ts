import { afterEach, describe, expect, it, vi } from 'vitest'
import { defaultProvider } from '../../../lib/config/aws-credentials.ts'

afterEach(() => vi.unstubAllEnvs())

function environment(id: string | undefined, secret: string | undefined, token?: string) {
  vi.stubEnv('AWS_ACCESS_KEY_ID', id)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secret)
  vi.stubEnv('AWS_SESSION_TOKEN', token)
}

describe('the credentials of a function', () => {
  it('are read from the environment, with the session token', async () => {
    environment('AKIDEXAMPLE', 'a secret', 'a token')
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a secret', sessionToken: 'a token' }
    expect(await defaultProvider()()).toEqual(credentials)
  })

  it('have no session token if it is unset or empty', async () => {
    environment('AKIDEXAMPLE', 'a secret')
    expect(Object.keys(await defaultProvider()())).toEqual(['accessKeyId', 'secretAccessKey'])
    environment('AKIDEXAMPLE', 'a secret', '')
    expect(Object.keys(await defaultProvider()())).toEqual(['accessKeyId', 'secretAccessKey'])
  })

  it.each([
    [undefined, 'a secret'],
    ['AKIDEXAMPLE', undefined],
    ['', ''],
  ])('are rejected if one is missing, without quoting the other: %s, %s', async (id, secret) => {
    environment(id, secret)
    const credentials = defaultProvider()()
    await expect(credentials).rejects.toThrow('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are missing')
    await expect(credentials).rejects.not.toThrow('a secret')
  })
})
