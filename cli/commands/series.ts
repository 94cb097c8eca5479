import type { Command } from 'commander'
import * as z from 'zod'
import { resolveClientId } from '../support/clients.ts'
import { runCommand } from '../support/command.ts'
import { useTables } from '../support/stage.ts'
import { listed, table } from '../support/text.ts'

const options = z.object({ client: z.string().optional() })

/** Series whose time spans are read at once. */
const AT_ONCE = 10
/** Columns that a line of the table names. */
const SHOWN_COLUMNS = 6

export function addSeries(program: Command): void {
  const series = program.command('series').description('the series of measurements')

  const list = series
    .command('list')
    .description('show the series of all clients, or of one, with their columns and their first and last times')
    .option('--client <client>', 'only the series of this client: its client_id or its name')
  const examples = ['series list', 'series list --client garden --stage prod'] as const
  runCommand(list, examples, options, async (where, { client }) => {
    await useTables(where)
    const owners = await listOwners(client)
    const entries = (await Promise.all(owners.map(({ id, name }) => seriesOf(id, name)))).flat()
    return {
      json: { series: entries },
      text: table(
        ['client', 'source', 'participant_id', 'first', 'last', 'columns'],
        entries.map(({ client_id, name, source, columns, ...entry }) => ({
          ...entry,
          client: name ?? client_id,
          source: source || null,
          columns: listed(columns, SHOWN_COLUMNS),
        })),
        'There are no measurements yet: upload stores some.',
      ),
    }
  })
}

/** The clients whose series are listed, with their names. */
async function listOwners(client: string | undefined): Promise<{ id: string; name: string | null }[]> {
  const { SHARED_CLIENT } = await import('../../lib/core/caller.ts')
  const { listClients } = await import('../../lib/clients/store-admin.ts')
  const clients = (await listClients()).map(({ client_id, name = null }) => ({ id: client_id, name }))
  if (client === undefined) return [...clients, { id: SHARED_CLIENT, name: null }]
  const id = await resolveClientId(client)
  return [clients.find((candidate) => candidate.id === id) ?? { id, name: null }]
}

async function seriesOf(client_id: string, name: string | null) {
  const { inParallel } = await import('../../lib/core/concurrency.ts')
  const { toSeriesId } = await import('../../lib/measurements/store/keys.ts')
  const { listSeries } = await import('../../lib/measurements/store/series.ts')
  const { toSeriesEntry } = await import('../../lib/measurements/store/series-entry.ts')
  const { findTimeSpan } = await import('../../lib/measurements/store/time-span.ts')
  const all = await listSeries({ clientId: client_id })
  const spans = new Map<(typeof all)[number], Awaited<ReturnType<typeof findTimeSpan>>>()
  await inParallel(all, AT_ONCE, async (series) => {
    spans.set(series, await findTimeSpan(client_id, toSeriesId(series)))
  })
  return all.map((series) => ({ client_id, name, ...toSeriesEntry(series), ...spans.get(series) }))
}
