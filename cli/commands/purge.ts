import type { Command } from 'commander'
import * as z from 'zod'
import { type CommandOutput, facts, runCommand, table } from '../support/command.ts'
import { CommandError } from '../support/error-message.ts'
import { requireClient } from '../support/find-client.ts'
import { withProgress } from '../support/progress.ts'
import { findPurgeItems, gatherItems } from '../support/purge-items.ts'
import { notCovered, type ReportPart } from '../support/purge-report.ts'
import { useTables } from '../support/stage.ts'

const options = z.object({
  client: z.string(),
  participant: z.string().min(1, 'must not be empty').optional(),
  registration: z.boolean().default(false),
  yes: z.boolean().default(false),
})

export function addPurge(program: Command): void {
  const command = program
    .command('purge')
    .description('remove the data of a client, or of one participant of it, and print a proof of what was removed')
    .requiredOption('--client <id>', 'whose data it is')
    .option('--participant <id>', 'only that of this participant')
    .option('--registration', 'the registration of the client, too')
    .option('--yes', 'do it; without this, what would be removed is told and nothing else')
  runCommand(command, options, async (where, { client, participant, registration, yes }) => {
    if (registration && participant !== undefined) {
      throw new CommandError('A participant has no registration: leave out --registration or --participant.')
    }
    await useTables(where, participant === undefined ? [] : ['SEAL_KEY'])
    const { SHARED_CLIENT } = await import('../../lib/core/caller.ts')
    const { findClient } = await import('../../lib/clients/store.ts')
    const { retryWhileThrottled } = await import('../../lib/dynamodb/retry-while-throttled.ts')
    retryWhileThrottled()
    const owned = await findPurgeItems({ clientId: client, participant }, registration)
    const work = (what: string) => ({ what, total: owned.length, unit: 'kinds of data' })
    const status = client === SHARED_CLIENT ? 'active' : (await findClient(client))?.status
    const found = await withProgress(work(yes ? 'Removing' : 'Looking'), (at) => gatherItems(owned, yes, at))
    if (found.parts().length === 0 && !yes) await requireClient(client)
    const left = yes ? await withProgress(work('Looking again'), (at) => gatherItems(owned, false, at)) : null
    const now = Date.now()
    const proof: Proof = {
      client_id: client,
      participant_id: participant ?? null,
      stage: where.stage,
      at: new Date(now).toISOString(),
      removed: yes,
      parts: found.parts(),
      sha256: found.digest(),
      left: left?.parts() ?? null,
      not_covered: notCovered({
        participant,
        isActive: status === 'active' && !(yes && registration),
        registration,
        deployed: where.stage !== 'local',
        now,
      }),
    }
    return answer(proof)
  })
}

interface Proof {
  client_id: string
  participant_id: string | null
  stage: string
  at: string
  /** Whether it was removed, or would be. */
  removed: boolean
  parts: ReportPart[]
  sha256: string
  /** What was found afterwards. */
  left: ReportPart[] | null
  not_covered: string[]
}

function answer(proof: Proof): CommandOutput {
  const { client_id, participant_id, stage, at, removed, parts, sha256, left, not_covered } = proof
  const still = left?.reduce((sum, { items }) => sum + items, 0) ?? 0
  return {
    json: proof,
    text: [
      facts({
        proof: removed ? 'this was removed' : 'this would be removed; nothing was, since --yes is missing',
        client: client_id,
        participant: participant_id ?? undefined,
        stage,
        at,
      }),
      parts.length === 0 ? 'nothing' : shown(parts),
      facts({
        'SHA-256 of the keys': sha256,
        'left, by a second look': left ? String(still) : undefined,
      }),
      ['Not covered:', ...not_covered.map((each) => `- ${each}`)].join('\n'),
    ].join('\n\n'),
    ...(left && still > 0 && { fault: `This has come in meanwhile, and is left: repeat it.\n${shown(left)}` }),
  }
}

const shown = (parts: readonly ReportPart[]): string =>
  table(
    ['kind', 'series', 'items', 'rows', 'bytes', 'first', 'last'],
    parts.map(({ kind, source, items, rows, bytes, first, last }) => [
      kind,
      source ?? '-',
      String(items),
      rows === 0 ? '-' : String(rows),
      String(bytes),
      first ?? '-',
      last ?? '-',
    ]),
  )
