import type { Command } from 'commander'
import * as z from 'zod'
import { plain } from '../../dev/plain-text.ts'
import { type RegisteredClients, readMap, registerClients } from '../import/collector-clients.ts'
import { toCollectorUploads } from '../import/collector-files.ts'
import { filesIn, type ImportedSubmissions, storeUploads } from '../import/collector-submissions.ts'
import { requireClient, resolveClientId } from '../support/clients.ts'
import { type CommandOutput, runCommand } from '../support/command.ts'
import { CommandError, UsageError } from '../support/error-message.ts'
import { withProgress } from '../support/progress.ts'
import { useTables } from '../support/stage.ts'
import { facts, listed } from '../support/text.ts'

const options = z.object({ client: z.string().optional(), dryRun: z.boolean().default(false) })

export function addImportCollector(program: Command): void {
  const command = program
    .command('collector')
    .description('import the clients of a collector, with their ids, and its uploads; it may be repeated')
    .argument('<dynamic_map.json>', 'its clients')
    .argument('<uploads>', 'the folder with its uploads')
    .option(
      '--client <client>',
      'the client that will own the uploads: its client_id or its name (default: the client of the map, if it has only one)',
    )
    .option('--dry-run', 'show what would be imported, and store nothing')
  const examples = [
    'import collector dynamic_map.json uploads --dry-run',
    'import collector dynamic_map.json uploads',
  ] as const
  runCommand(command, examples, options, async (where, { client: selected, dryRun }, [mapFile = '', folder = '']) => {
    const clients = await readMap(mapFile)
    const name = selected ?? (clients.size === 1 ? [...clients.keys()][0] : undefined)
    if (name === undefined) {
      throw new UsageError(`The map has ${clients.size} clients: name the owner of the uploads with --client.`)
    }
    const { paths, links } = await filesIn(folder)
    const { uploads, ignored } = toCollectorUploads(paths)
    await useTables(where)
    const client = clients.has(name) ? name : await resolveClientId(name)
    const { retryDuringOutages } = await import('../../lib/dynamodb/retry-during-outages.ts')
    retryDuringOutages()
    if (!clients.has(client)) await requireClient(client)
    const registered = await registerClients(clients, { deployed: where.stage !== 'local', dryRun })
    if (!registered.registered.includes(client)) {
      const rejection = registered.refused.find(({ client_id }) => client_id === client)
      await requireClient(client).catch((error: unknown) => {
        throw rejection ? new CommandError(notRegistered(rejection)) : error
      })
    }
    const work = { what: dryRun ? 'Reading' : 'Importing', total: uploads.length, unit: 'submissions' }
    const submitted = await withProgress(work, (at) => storeUploads({ client, folder, dryRun }, uploads, at))
    const folders = new Set(paths.map((path) => path.slice(0, path.lastIndexOf('/') + 1)))
    if (folders.size > 1) {
      submitted.notes.push(`the uploads of ${folders.size} folders are stored for one client`)
    }
    return formatOutput(client, registered, submitted, {
      read: uploads.length,
      ignored: [...ignored, ...links],
      dryRun,
    })
  })
}

const notRegistered = ({ client_id, detail }: RegisteredClients['refused'][number]): string =>
  `Client ${plain(client_id)} was not registered: ${detail}.`

function formatOutput(
  client: string,
  clients: RegisteredClients,
  submitted: ImportedSubmissions,
  { read, ignored, dryRun }: { read: number; ignored: string[]; dryRun: boolean },
): CommandOutput {
  const { new: added, there, files, bytes, faults, notes } = submitted
  const failures = [
    ...clients.refused.map(notRegistered),
    ...faults.map(({ path, detail }) => `${plain(path)} was not stored: ${detail}.`),
  ]
  return {
    json: {
      client_id: client,
      dry_run: dryRun,
      clients,
      ...{ submissions_read: read, submissions_new: added, submissions_there: there, files, bytes },
      ignored,
      notes,
      faults,
    },
    text: facts({
      'clients registered': clients.registered.length,
      'clients registered before': clients.there.length + clients.other_callback_url.length,
      submissions: `${read} read, ${added} new, ${there} stored before or duplicate`,
      files,
      bytes,
      'dry run': dryRun ? 'nothing was stored' : undefined,
    }),
    notes: [
      ...clients.other_callback_url.map(
        (id) => `Note: client ${id} is registered with another callback_url, which stays.`,
      ),
      ...notes.map((note) => `Note: ${plain(note)}.`),
      ...(ignored.length > 0 ? [`Note: skipped, because these are not uploads: ${plain(listed(ignored))}.`] : []),
    ],
    ...(failures.length > 0 && { fault: failures.join('\n') }),
  }
}
