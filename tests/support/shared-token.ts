import { setTimeout as sleep } from 'node:timers/promises'
import { GetCommand } from '@aws-sdk/lib-dynamodb'
import { vi } from 'vitest'
import type { ObtainedToken, SharedToken } from '../../lib/providers/shared-token.ts'

/** Modules of the shared credential of this name, loaded anew, so that they remember nothing; a Latchkey must run. */
export async function credentialContainer(name: () => string) {
  vi.resetModules()
  const { getSharedToken } = await import('../../lib/providers/shared-token.ts')
  const { providerFailure } = await import('../../lib/providers/errors.ts')
  const { documents } = await import('../../lib/dynamodb/client.ts')
  const failed = { provider: 'X', operation: 'log-in' }
  return {
    documents,
    refuse: async () => {
      throw providerFailure('provider_refused', { ...failed, status: 401 })
    },
    fail: async () => {
      throw providerFailure('provider_unavailable', failed)
    },
    get: (obtain: SharedToken['obtain'], unwelcome?: string, deadline = Date.now() + 90_000) =>
      getSharedToken({ name: name(), provider: 'X', obtain }, deadline, unwelcome),
    /** The credential as it is kept. */
    async kept() {
      const Key = { id: `provider#${name()}` }
      return (await documents.send(new GetCommand({ TableName: process.env['TOKENS_TABLE'], Key }))).Item
    },
  }
}
export type CredentialContainer = Awaited<ReturnType<typeof credentialContainer>>

export const LIFE = 1_000_000
const given = (secret: string): ObtainedToken => ({ secret, validUntil: Date.now() + LIFE })

/** A log-in that gives this secret, after some time. */
export const giving = (secret: string, ms = 0) =>
  vi.fn<SharedToken['obtain']>(async () => {
    await sleep(ms)
    return given(secret)
  })

/** A log-in that goes on until it is told to end. */
export function slow() {
  const begun = Promise.withResolvers<void>()
  const end = Promise.withResolvers<ObtainedToken>()
  const obtain = vi.fn<SharedToken['obtain']>(() => {
    begun.resolve()
    return end.promise
  })
  return { obtain, begun: begun.promise, end: (secret: string) => end.resolve(given(secret)) }
}

export const times = <T>(count: number, run: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => run(index)))
