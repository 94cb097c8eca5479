import type { Command } from 'commander'
import { decodeJwt } from 'jose'
import { noOptions, runCommand } from '../support/command.ts'
import { CommandError } from '../support/error-message.ts'
import { useTables } from '../support/stage.ts'

/** The id of a token, which its holder may have sent instead. Reading it needs no key: nothing is believed of the rest. */
function jtiOf(given: string): string {
  if (!given.includes('.')) return given
  try {
    const { jti } = decodeJwt(given)
    if (jti !== undefined) return jti
  } catch {
    // Told below, without a word of the token.
  }
  throw new CommandError('This is neither the jti of an auth token nor an auth token.')
}

export function addTokens(program: Command): void {
  const tokens = program.command('tokens').description('auth tokens')

  const revoke = tokens
    .command('revoke')
    .description('end one auth token at once')
    .argument('<jti-or-token>', 'the auth token, or its jti')
  runCommand(revoke, noOptions, async (where, _options, [given = '']) => {
    const jti = jtiOf(given)
    await useTables(where)
    const { findToken, revokeToken } = await import('../../lib/clients/store-tokens.ts')
    const before = await findToken(jti)
    if (!before) throw new CommandError('There is no record of this token: it has expired, or is of another stage.')
    await revokeToken(jti, Date.now())
    const revoked_at = (await findToken(jti))?.revoked_at
    const already = before.revoked_at !== undefined
    return {
      json: { jti, client_id: before.client_id, revoked_at, already_revoked: already },
      text: already
        ? `The token ${jti} was revoked before, at ${revoked_at}.`
        : `The token ${jti} of client ${before.client_id} is revoked.`,
    }
  })
}
