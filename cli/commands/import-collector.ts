import type { Command } from 'commander'
import * as z from 'zod'
import { type RegisteredClients, readMap, registerClients } from '../import/collector-clients.ts'
import { toCollectorUploads } from '../import/collector-files.ts'
import { filesIn, type ImportedSubmissions, storeUploads } from '../import/collector-submissions.ts'
import { type CommandOutput, facts, listed, plain, runCommand } from '../support/command.ts'
import { CommandError } from '../support/error-message.ts'
import { requireClient } from '../support/find-client.ts'
import { withProgress } from '../support/progress.ts'
import { useTables } from '../support/stage.ts'

const options = z.object({ client: z.string().optional(), dryRun: z.boolean().default(false) })

export function addImportCollector(program: Command): void {
  const command = program
    .command('collector')
    .description('bring over the clients of a collector, under their ids, and what was uploaded; it may be repeated')
    .argument('<dynamic_map.json>', 'its clients')
    .argument('<uploads>', 'the folder with its uploads')
    .option('--client <id>', 'the client that is to have the uploads (default: that of the map, if there is one only)')
    .option('--dry-run', 'tell what there is, and store nothing')
  runCommand(command, options, async (where, { client: named, dryRun }, [mapFile = '', folder = '']) => {
    const clients = await readMap(mapFile)
    const client = named ?? (clients.size === 1 ? [...clients.keys()][0] : undefined)
    if (client === undefined) {
      throw new CommandError(
        `The map has ${clients.size} clients: name that which is to have the uploads with --client.`,
      )
    }
    const { paths, links } = await filesIn(folder)
    const { uploads, ignored } = toCollectorUploads(paths)
    await useTables(where)
    const { retryWhileThrottled } = await import('../../lib/dynamodb/retry-while-throttled.ts')
    retryWhileThrottled()
    if (!clients.has(client)) await requireClient(client)
    const registered = await registerClients(clients, { deployed: where.stage !== 'local', dryRun })
    if (!registered.registered.includes(client)) {
      const refused = registered.refused.find(({ client_id }) => client_id === client)
      await requireClient(client).catch((error: unknown) => {
        throw refused ? new CommandError(notRegistered(refused)) : error
      })
    }
    const work = { what: dryRun ? 'Reading' : 'Importing', total: uploads.length, unit: 'submissions' }
    const submitted = await withProgress(work, (at) => storeUploads({ client, folder, dryRun }, uploads, at))
    const folders = new Set(paths.map((path) => path.slice(0, path.lastIndexOf('/') + 1)))
    if (folders.size > 1) {
      submitted.notes.push(`what lies in ${folders.size} folders is stored as that of one client`)
    }
    return answer(client, registered, submitted, { read: uploads.length, ignored: [...ignored, ...links], dryRun })
  })
}

const notRegistered = ({ client_id, detail }: RegisteredClients['refused'][number]): string =>
  `Client ${plain(client_id)} was not registered: ${detail}.`

function answer(
  client: string,
  clients: RegisteredClients,
  submitted: ImportedSubmissions,
  { read, ignored, dryRun }: { read: number; ignored: string[]; dryRun: boolean },
): CommandOutput {
  const { new: fresh, there, files, bytes, faults, notes } = submitted
  const told = [
    ...clients.refused.map(notRegistered),
    ...faults.map(({ path, detail }) => `${plain(path)} was not stored: ${detail}.`),
  ]
  return {
    json: {
      client_id: client,
      dry_run: dryRun,
      clients,
      ...{ submissions_read: read, submissions_new: fresh, submissions_there: there, files, bytes },
      ignored,
      notes,
      faults,
    },
    text: facts({
      'clients registered': String(clients.registered.length),
      'clients there already': String(clients.there.length + clients.other_callback_url.length),
      submissions: `${read} read, ${fresh} new, ${there} there already or the same as another`,
      files: String(files),
      bytes: String(bytes),
      'dry run': dryRun ? 'nothing was stored' : undefined,
    }),
    notes: [
      ...clients.other_callback_url.map((id) => `Note: client ${id} has another callback_url here, and keeps it.`),
      ...notes.map((note) => `Note: ${plain(note)}.`),
      ...(ignored.length > 0 ? [`Note: passed over, since it is no upload: ${plain(listed(ignored))}.`] : []),
    ],
    ...(told.length > 0 && { fault: told.join('\n') }),
  }
}
