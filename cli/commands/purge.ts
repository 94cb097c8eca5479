import type { Command } from 'commander'
import * as z from 'zod'
import { useBucket } from '../support/bucket.ts'
import { requireClient, resolveClientId } from '../support/clients.ts'
import { type CommandOutput, runCommand } from '../support/command.ts'
import { UsageError } from '../support/error-message.ts'
import { withProgress } from '../support/progress.ts'
import { findPurgeItems, gatherItems } from '../support/purge-items.ts'
import { notCovered, type ReportPart } from '../support/purge-report.ts'
import { useTables } from '../support/stage.ts'
import { facts, table } from '../support/text.ts'

const options = z.object({
  client: z.string(),
  participant: z.string().min(1, 'must not be empty').optional(),
  registration: z.boolean().default(false),
  yes: z.boolean().default(false),
})

export function addPurge(program: Command): void {
  const command = program
    .command('purge')
    .description('remove the data of a client, or of one of its participants, and print a report of what was removed')
    .requiredOption('--client <client>', 'the client that owns the data: its client_id or its name')
    .option('--participant <id>', 'only the data of this participant')
    .option('--registration', 'also the registration of the client')
    .option('--yes', 'remove the data; without this option, the command only reports what it would remove')
  runCommand(
    command,
    ['purge --client garden', 'purge --client garden --registration --yes'],
    options,
    async (where, { client: name, participant, registration, yes }) => {
      if (registration && participant !== undefined) {
        throw new UsageError('A participant has no registration: omit --registration or --participant.')
      }
      await useTables(where, participant === undefined ? [] : ['SEAL_KEY', 'SEAL_KEYS'])
      await useBucket(where)
      const client = await resolveClientId(name)
      const { SHARED_CLIENT } = await import('../../lib/core/caller.ts')
      const { findClient } = await import('../../lib/clients/store.ts')
      const { retryDuringOutages } = await import('../../lib/dynamodb/retry-during-outages.ts')
      retryDuringOutages()
      const plans = await findPurgeItems({ clientId: client, participant }, registration)
      const work = (what: string) => ({ what, total: plans.length, unit: 'kinds of data' })
      const status = client === SHARED_CLIENT ? 'active' : (await findClient(client))?.status
      const report = await withProgress(work(yes ? 'Removing' : 'Searching'), (at) => gatherItems(plans, yes, at))
      if (report.parts().length === 0 && !yes) await requireClient(client)
      const remaining = yes ? await withProgress(work('Checking'), (at) => gatherItems(plans, false, at)) : null
      const now = Date.now()
      const proof: Proof = {
        client_id: client,
        participant_id: participant ?? null,
        stage: where.stage,
        at: new Date(now).toISOString(),
        removed: yes,
        parts: report.parts(),
        sha256: report.digest(),
        left: remaining?.parts() ?? null,
        not_covered: notCovered({
          participant,
          isActive: status === 'active' && !(yes && registration),
          registration,
          deployed: where.stage !== 'local',
          now,
        }),
      }
      return formatOutput(proof)
    },
  )
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
  /** Items that a second scan found. */
  left: ReportPart[] | null
  not_covered: string[]
}

function formatOutput(proof: Proof): CommandOutput {
  const { client_id, participant_id, stage, at, removed, parts, sha256, left, not_covered } = proof
  const remaining = left?.reduce((sum, { items }) => sum + items, 0) ?? 0
  return {
    json: proof,
    text: [
      facts({
        proof: removed ? 'this was removed' : 'this would be removed; set --yes to remove it',
        client: client_id,
        participant: participant_id,
        stage,
        at,
      }),
      partsTable(parts),
      facts({ 'SHA-256 of the keys': sha256, 'items found by a second scan': left ? remaining : undefined }),
      ['Not covered:', ...not_covered.map((sentence) => `- ${sentence}`)].join('\n'),
    ].join('\n\n'),
    ...(left && remaining > 0 && { fault: `New data arrived during the purge: run it again.\n${partsTable(left)}` }),
  }
}

const partsTable = (parts: readonly ReportPart[]): string =>
  table(
    ['kind', 'series', 'items', 'rows', 'bytes', 'first', 'last'],
    parts.map(({ source, rows, ...part }) => ({ ...part, series: source, rows: rows || null })),
    'nothing',
  )
