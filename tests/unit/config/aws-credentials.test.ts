import { afterEach, describe, expect, it, vi } from 'vitest'
import { defaultProvider } from '../../../lib/config/aws-credentials.ts'

afterEach(() => vi.unstubAllEnvs())

function environment(id: string | undefined, secret: string | undefined, token?: string) {
  vi.stubEnv('AWS_ACCESS_KEY_ID', id)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secret)
  vi.stubEnv('AWS_SESSION_TOKEN', token)
}

describe('the credentials of a function', () => {
  it('are those that Lambda has put into the environment, with the token of their session', async () => {
    environment('AKIDEXAMPLE', 'a secret', 'a token')
    const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a secret', sessionToken: 'a token' }
    expect(await defaultProvider()()).toEqual(credentials)
  })

  it('need no session, and do not name one that is empty', async () => {
    environment('AKIDEXAMPLE', 'a secret')
    expect(Object.keys(await defaultProvider()())).toEqual(['accessKeyId', 'secretAccessKey'])
    environment('AKIDEXAMPLE', 'a secret', '')
    expect(Object.keys(await defaultProvider()())).toEqual(['accessKeyId', 'secretAccessKey'])
  })

  it.each([
    [undefined, 'a secret'],
    ['AKIDEXAMPLE', undefined],
    ['', ''],
  ])('are missing, which says what is: %s, %s', async (id, secret) => {
    environment(id, secret)
    const refused = defaultProvider()()
    await expect(refused).rejects.toThrow('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are missing')
    await expect(refused).rejects.not.toThrow('a secret')
  })
})
