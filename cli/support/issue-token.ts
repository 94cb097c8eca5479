import type { StageOptions } from './command.ts'
import { CommandError, UsageError } from './error-message.ts'
import { readStageSettings } from './stage-address.ts'

export interface TokenOptions {
  /** Scopes that are separated by spaces; by default, all of the client. */
  scope?: string | undefined
  participant?: string | undefined
  /** Lifetime; by default, TOKEN_MINUTES. */
  minutes?: number | undefined
}

/**
 * Issues an auth token of a client, as `/token` does, without its secret. Call `useTables` with SIGNING_KEYS first. Throws
 * for an unknown or disabled client.
 */
export async function createAuthToken(where: StageOptions, clientId: string, options: TokenOptions = {}) {
  Object.assign(process.env, await readStageSettings(where))
  const { issueToken } = await import('../../lib/access/auth-token.ts')
  const { resolveScope } = await import('../../lib/clients/scopes.ts')
  const { findClient } = await import('../../lib/clients/store.ts')
  const { getSettings } = await import('../../lib/config/settings.ts')
  const { unknownClient } = await import('./clients.ts')
  const { TOKEN_MINUTES, TOKEN_MINUTES_MAX, PUBLIC_URL } = await getSettings(
    'TOKEN_MINUTES',
    'TOKEN_MINUTES_MAX',
    'PUBLIC_URL',
  )
  const minutes = options.minutes ?? Math.min(TOKEN_MINUTES, TOKEN_MINUTES_MAX)
  if (minutes > TOKEN_MINUTES_MAX) throw new UsageError(`--minutes must be from 1 to ${TOKEN_MINUTES_MAX}.`)
  const client = await findClient(clientId)
  if (!client) throw unknownClient()
  if (client.status === 'disabled') throw new CommandError('The client is disabled: clients enable accepts it again.')
  if (client.dpop_bound)
    throw new CommandError(
      'The tokens of this client are bound to its key: only POST /token issues them, with a DPoP proof.',
    )
  const { token, jti, expiresAt } = await issueToken(
    {
      clientId,
      scope: resolveScope(client, options.participant, options.scope),
      audience: [PUBLIC_URL],
      participantTrusted: true,
      lifetimeSeconds: minutes * 60,
      ...(options.participant !== undefined && { participantId: options.participant }),
    },
    Date.now(),
  )
  return { auth_token: token, jti, expires_at: expiresAt.toISOString() }
}
