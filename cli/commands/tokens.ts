import type { Command } from 'commander'
import { decodeJwt } from 'jose'
import * as z from 'zod'
import { CLIENT_ARGUMENT, resolveClientId } from '../support/clients.ts'
import { noOptions, runCommand } from '../support/command.ts'
import { CommandError } from '../support/error-message.ts'
import { createAuthToken } from '../support/issue-token.ts'
import { useTables } from '../support/stage.ts'
import { facts } from '../support/text.ts'

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

const MINUTES = 'must be a whole number of minutes from 1'
const createOptions = z.object({
  scope: z.string().optional(),
  participant: z.string().optional(),
  minutes: z
    .string()
    .regex(/^[1-9]\d{0,4}$/, MINUTES)
    .transform(Number)
    .optional(),
})

export function addTokens(program: Command): void {
  const tokens = program.command('tokens').description('auth tokens')

  const create = tokens
    .command('create')
    .description('issue an auth token of a client, which is printed only now; the client needs no secret for it')
    .argument('<client>', CLIENT_ARGUMENT)
    .option('--scope <scope>', 'scopes separated by spaces, in quotes (default: all scopes of the client)')
    .option('--participant <id>', 'the participant who uses the token')
    .option('--minutes <minutes>', 'its lifetime (default: TOKEN_MINUTES)')
  const createExamples = [
    'tokens create garden',
    'tokens create garden --scope upload --minutes 10 --stage prod',
  ] as const
  runCommand(create, createExamples, createOptions, async (where, options, [name = '']) => {
    await useTables(where, ['SIGNING_KEYS'])
    const client_id = await resolveClientId(name)
    const json = { client_id, ...(await createAuthToken(where, client_id, options)) }
    return { json, text: facts(json) }
  })

  const revoke = tokens
    .command('revoke')
    .description('revoke one auth token')
    .argument('<jti-or-token>', 'the auth token, or its jti')
  const revokeExamples = [
    'tokens revoke 1b4e28ba-2fa1-41d2-883f-0016d3cca427',
    'tokens revoke eyJhbGciOi… --stage prod',
  ] as const
  runCommand(revoke, revokeExamples, noOptions, async (where, _options, [jtiOrToken = '']) => {
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
