import type { Command } from 'commander'
import { decodeJwt } from 'jose'
import { noOptions, runCommand } from '../support/command.ts'
import { CommandError } from '../support/error-message.ts'
import { useTables } from '../support/stage.ts'

/** The `jti` of a token, or the argument itself if it is a jti. The token is not verified, because only its id is used. */
function readJti(jtiOrToken: string): string {
  if (!jtiOrToken.includes('.')) return jtiOrToken
  try {
    const { jti } = decodeJwt(jtiOrToken)
    if (jti !== undefined) return jti
  } catch {
    // The error below does not quote the token.
  }
  throw new CommandError('This is neither the jti of an auth token nor an auth token.')
}

export function addTokens(program: Command): void {
  const tokens = program.command('tokens').description('auth tokens')

  const revoke = tokens
    .command('revoke')
    .description('revoke one auth token')
    .argument('<jti-or-token>', 'the auth token, or its jti')
  runCommand(revoke, noOptions, async (where, _options, [jtiOrToken = '']) => {
    const jti = readJti(jtiOrToken)
    await useTables(where)
    const { findToken, revokeToken } = await import('../../lib/clients/store-tokens.ts')
    const before = await findToken(jti)
    if (!before)
      throw new CommandError('There is no record of this token: it has expired, or belongs to another stage.')
    await revokeToken(jti, Date.now())
    const revoked_at = (await findToken(jti))?.revoked_at
    const wasRevoked = before.revoked_at !== undefined
    return {
      json: { jti, client_id: before.client_id, revoked_at, already_revoked: wasRevoked },
      text: wasRevoked
        ? `The token ${jti} was revoked before, at ${revoked_at}.`
        : `The token ${jti} of client ${before.client_id} is revoked.`,
    }
  })
}
