import type { Command } from 'commander'
import * as z from 'zod'
import { CLIENT_ARGUMENT, resolveClientId, unknownClient } from '../support/clients.ts'
import { type CommandOutput, runCommand, type StageOptions } from '../support/command.ts'
import { UsageError } from '../support/error-message.ts'
import { useTables } from '../support/stage.ts'
import { addUploadOption, formatUploadOptions, parseUploadPairs, uploadPairs } from '../support/upload-options.ts'
import { splitNames } from './client-secrets.ts'

const setOptions = z.object({
  scope: z.string().optional(),
  audience: z.string().optional(),
  dpopBound: z.boolean().optional(),
  upload: uploadPairs,
})

/** The command that changes what a client may do. */
export function addSetCommand(clients: Command): void {
  const set = clients
    .command('set')
    .description(
      'replace the scopes, audiences or upload options of a client, or whether it needs DPoP; the tokens that it already has stay as they are',
    )
    .argument('<client>', CLIENT_ARGUMENT)
    .option('--scope <scope>', 'scopes separated by spaces, in quotes')
    .option('--audience <audience>', 'services, besides Latchkey, that its tokens can be for, separated by spaces')
    .option('--dpop-bound', 'issue only tokens that are bound to a key of the client (DPoP)')
    .option('--no-dpop-bound', 'issue plain tokens, too')
  addUploadOption(set, 'an option of its uploads, such as tz=Europe/Berlin; repeat it for all options').option(
    '--no-upload',
    'remove the options of its uploads',
  )
  const examples = [
    'clients set garden --scope "upload download"',
    'clients set garden --upload tz=Europe/Berlin',
  ] as const
  runCommand(set, examples, setOptions, (where, options, [client = '']) => setClient(where, client, options))
}

const TOKENS_UNCHANGED = 'Tokens that it already has keep theirs: clients revoke-tokens revokes them.'

async function setClient(
  where: StageOptions,
  name: string,
  options: z.output<typeof setOptions>,
): Promise<CommandOutput> {
  if (Object.values(options).every((option) => option === undefined)) {
    throw new UsageError('Set --scope, --audience, --dpop-bound, --no-dpop-bound, --upload or --no-upload.')
  }
  await useTables(where)
  const id = await resolveClientId(name)
  const { audienceList, rejectReservedScopes, scopeText } = await import('../../lib/clients/registration.ts')
  const { parseOrThrow } = await import('../../lib/http/input.ts')
  const { findClient } = await import('../../lib/clients/store.ts')
  const { setClientAudience, setClientDpopBound, setClientScope, setClientUpload } = await import(
    '../../lib/clients/store-admin.ts'
  )
  const upload = options.upload === undefined ? undefined : ((await parseUploadPairs(options.upload)) ?? null)
  const { scope, audience } = parseOrThrow(
    z.object({ scope: z.optional(scopeText), audience: z.optional(audienceList) }),
    { scope: options.scope, audience: options.audience === undefined ? undefined : splitNames(options.audience) },
  )
  const client = await findClient(id)
  if (!client) throw unknownClient()
  rejectReservedScopes(client.kind, scope ?? [])
  const changes: string[] = []
  const apply = async (isStored: Promise<boolean>, change: string) => {
    if (!(await isStored)) throw unknownClient()
    changes.push(`Client ${id} has ${change}`)
  }
  if (scope) await apply(setClientScope(id, scope), `the scope ${scope.join(' ')}. ${TOKENS_UNCHANGED}`)
  if (audience) {
    const services = audience.length > 0 ? `the audience ${audience.join(' ')}` : 'no audience besides Latchkey'
    await apply(setClientAudience(id, audience), `${services}. ${TOKENS_UNCHANGED}`)
  }
  const { dpopBound } = options
  if (dpopBound !== undefined) {
    const change = dpopBound
      ? 'only tokens that are bound to a key'
      : 'plain tokens, and bound ones if it sends a proof'
    await apply(setClientDpopBound(id, dpopBound), `${change}. ${TOKENS_UNCHANGED}`)
  }
  if (upload !== undefined) {
    const uploads = upload ? `the upload options ${formatUploadOptions(upload)}` : 'no upload options'
    await apply(setClientUpload(id, upload ?? undefined), `${uploads}.`)
  }
  return {
    json: {
      client_id: id,
      ...(scope && { scope }),
      ...(audience && { audience }),
      ...(dpopBound !== undefined && { dpop_bound: dpopBound }),
      ...(upload !== undefined && { upload }),
    },
    text: changes.join('\n'),
  }
}
