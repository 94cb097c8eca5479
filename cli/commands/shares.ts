import type { Command } from 'commander'
import * as z from 'zod'
import { CLIENT_ARGUMENT, requireClient, resolveClientId } from '../support/clients.ts'
import { noOptions, runCommand } from '../support/command.ts'
import { CommandError } from '../support/error-message.ts'
import { useTables } from '../support/stage.ts'
import { readStageSettings } from '../support/stage-address.ts'
import { facts, listed, table } from '../support/text.ts'

const SECONDS: Readonly<Record<string, number>> = { m: 60, h: 3_600, d: 86_400, w: 604_800 }
const LIFETIME = /^(\d{1,6})([mhdw])$/

const names = z.string().transform((text) => text.split(',').map((name) => name.trim()))

const createOptions = z.object({
  name: z.string(),
  series: names,
  columns: names.optional(),
  participant: z.string().optional(),
  expiresIn: z
    .string()
    .regex(LIFETIME, 'must be a length of time such as 12h, 30d or 8w')
    .transform((text) => {
      const [, count, unit = ''] = LIFETIME.exec(text) ?? []
      return Number(count) * (SECONDS[unit] ?? 0)
    })
    .optional(),
})

/** The commands about links that show measurements. A link is printed once. */
export function addShares(program: Command): void {
  const shares = program
    .command('shares')
    .description('links that show some series of a client, without other credentials')

  const create = shares
    .command('create')
    .description('share series of a client by a link, which is printed only now')
    .argument('<client>', CLIENT_ARGUMENT)
    .requiredOption('--series <names>', 'the series to show, separated by commas')
    .requiredOption('--name <name>', 'a name for people, such as that of the page with the link')
    .option('--columns <names>', 'the columns to show, besides times, separated by commas (default: all)')
    .option('--participant <id>', 'the participant that owns the series (default: the client itself)')
    .option('--expires-in <length>', 'when the link expires, such as 12h, 30d or 8w (default: 30d)')
  const createExamples = [
    'shares create garden --series roof --name "for the neighbours"',
    'shares create garden --series roof,cellar --columns co2 --expires-in 8w --name blog --stage prod',
  ] as const
  runCommand(create, createExamples, createOptions, async (where, options, [name = '']) => {
    await useTables(where)
    Object.assign(process.env, await readStageSettings(where, 'createShare'))
    const id = await resolveClientId(name)
    await requireClient(id)
    const { createShare, newShareFields } = await import('../../lib/clients/shares.ts')
    const { parseOrThrow } = await import('../../lib/http/input.ts')
    const { sharedViewFields } = await import('../../lib/measurements/shared-view.ts')
    const { requireSeries } = await import('../../lib/measurements/store/shared-series.ts')
    const { participant, expiresIn, ...view } = options
    const request = parseOrThrow(z.object({ ...newShareFields, ...sharedViewFields }), {
      ...view,
      ...(participant !== undefined && { participant_id: participant }),
      ...(expiresIn !== undefined && { expires_in: expiresIn }),
    })
    const owner = { clientId: id, participant: request.participant_id }
    await requireSeries(owner, request)
    const share = { client_id: id, ...(await createShare(owner, request, 'admin', Date.now())) }
    return { json: share, text: facts(share) }
  })

  const list = shares
    .command('list')
    .description('show the valid shares of a client and its participants; a last use is accurate to an hour')
    .argument('<client>', CLIENT_ARGUMENT)
  runCommand(
    list,
    ['shares list garden', 'shares list garden --stage prod --json'],
    noOptions,
    async (where, _options, [name = '']) => {
      await useTables(where)
      const id = await resolveClientId(name)
      const { listShares } = await import('../../lib/clients/shares.ts')
      const entries = await listShares({ clientId: id }, Date.now())
      return {
        json: { shares: entries },
        text: table(
          [
            'share_id',
            'name',
            'participant_id',
            'series',
            'columns',
            'created_by',
            'created_at',
            'expires_at',
            'last_used_at',
          ],
          entries,
          'The client has no shares: shares create makes one.',
        ),
      }
    },
  )

  const revoke = shares
    .command('revoke')
    .description('revoke a share; the next request with its link is rejected')
    .argument('<client>', CLIENT_ARGUMENT)
    .argument('<share-id>', 'the share_id that shares list shows, or its name')
  const revokeExamples = [
    'shares revoke garden 3f9a0c51d7e2b846',
    'shares revoke garden "for the neighbours" --stage prod',
  ] as const
  runCommand(revoke, revokeExamples, noOptions, async (where, _options, [name = '', idOrName = '']) => {
    await useTables(where)
    const id = await resolveClientId(name)
    const share_id = await findShareId(id, idOrName)
    const { revokeShare } = await import('../../lib/clients/shares.ts')
    await revokeShare({ clientId: id }, share_id)
    return { json: { client_id: id, share_id }, text: `The share ${share_id} of client ${id} is revoked.` }
  })
}

/** The id of a share of a client by its id or its name. Throws if no share has the name, or more than one. */
async function findShareId(clientId: string, idOrName: string): Promise<string> {
  const { listShares, shareIdSchema } = await import('../../lib/clients/shares.ts')
  if (shareIdSchema.safeParse(idOrName).success) return idOrName
  const named = (await listShares({ clientId }, Date.now())).filter(({ name }) => name === idOrName)
  const [share, other] = named
  if (!share) throw new CommandError('There is no such share: shares list shows all of the client.')
  if (!other) return share.share_id
  const candidates = named.map(({ share_id, created_at }) => `${share_id} (${created_at})`)
  throw new CommandError(`${named.length} shares have this name. Use the id of one: ${listed(candidates)}.`)
}
