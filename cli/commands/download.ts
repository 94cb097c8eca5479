import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import type { Command } from 'commander'
import * as z from 'zod'
import { plain } from '../../dev/plain-text.ts'
import { getSettings } from '../../lib/config/settings.ts'
import type { DataOwner } from '../../lib/core/caller.ts'
import { requireClient, resolveClientId } from '../support/clients.ts'
import { runCommand } from '../support/command.ts'
import { CommandError, fileErrorMessage } from '../support/error-message.ts'
import { type ExportFormat, writeRows, writeRowsTo } from '../support/export-file.ts'
import { exportRows } from '../support/export-rows.ts'
import { commandIo } from '../support/io.ts'
import { withProgress } from '../support/progress.ts'
import { useTables } from '../support/stage.ts'
import { listed } from '../support/text.ts'
import { toApiTime } from '../support/times.ts'

const options = z.object({
  client: z.string(),
  format: z.enum(['csv', 'ndjson', 'parquet'], 'must be csv, ndjson or parquet').default('csv'),
  participant: z.string().optional(),
  source: z.string().optional(),
  from: z.string().transform(toApiTime).optional(),
  to: z.string().transform(toApiTime).optional(),
  cols: z.string().optional(),
  every: z.string().optional(),
  agg: z.string().optional(),
  tz: z.string().optional(),
  fill: z.string().optional(),
  points: z.string().optional(),
  times: z.string().default('iso'),
  formulas: z.string().optional(),
  excel: z.boolean().default(false),
  delimiter: z.string().optional(),
  decimal: z.string().optional(),
  out: z.string().optional(),
  force: z.boolean().default(false),
})

/** The name of stdout as a file. */
const STDOUT = '-'

export function addDownload(program: Command): void {
  const command = program
    .command('download')
    .alias('export')
    .description('write measurements of a client to a file, with the values that GET /download returns')
    .requiredOption('--client <client>', 'the client that owns them: its client_id or its name')
    .option('--format <format>', 'csv (default), ndjson or parquet')
    .option('--participant <id>', 'only the data of this participant')
    .option('--source <source>', 'only this source')
    .option('--from <time>', 'only rows at or after this time, such as 24h (24 hours ago) or 2026-03-02')
    .option('--to <time>', 'only rows at or before this time; a date includes the whole day')
    .option('--cols <names>', 'columns, separated by commas (default: all)')
    .option('--every <length>', 'one row for each window of this length, such as 5m, 1d or P1M')
    .option('--agg <names>', 'mean (default), min, max, count, first, last, median, sum, separated by commas')
    .option('--tz <zone>', 'align the windows to this time zone, such as Europe/Berlin')
    .option('--fill <what>', 'empty windows: none (default) or null')
    .option('--points <number>', 'only lowest and highest values: about this number of rows for each series')
    .option(
      '--times <notation>',
      'times of the rows in the first column: iso (default) or unix; sent leaves them as sent',
    )
    .option('--formulas <what>', 'CSV texts that a spreadsheet would run: defuse (default) or keep')
    .option('--excel', 'start CSV with a byte order mark, for Excel')
    .option('--delimiter <name>', 'separator of CSV: comma (default) or semicolon')
    .option('--decimal <name>', 'decimal separator of numbers in CSV: point (default) or comma')
    .option('--out <file>', 'the file (default: latchkey-<client>.<format>); - is stdout')
    .option('--force', 'replace an existing file')
  runCommand(
    command,
    ['download --client garden', 'download --client garden --from 24h --format parquet'],
    options,
    async (where, { client: name, participant, format, out, force, excel, ...others }) => {
      await useTables(where)
      const client = await resolveClientId(name)
      const file = out ?? `latchkey-${client}.${format}`
      if (file !== STDOUT && existsSync(file) && !force) {
        throw new CommandError(`${file} exists already: --force replaces it.`)
      }
      const { parseOrThrow } = await import('../../lib/http/input.ts')
      const { parameterProblem } = await import('../../lib/measurements/parameters.ts')
      const { downloadQuery } = await import('../../lib/measurements/query.ts')
      const { resolveDownload } = await import('../../lib/measurements/window-query.ts')
      const { csvIssue } = await import('../../lib/measurements/row-writers.ts')
      const { retryDuringOutages } = await import('../../lib/dynamodb/retry-during-outages.ts')
      const { selectSeries } = await import('../../lib/measurements/store/select-series.ts')
      retryDuringOutages()
      const parameters = { ...others, participant_id: participant, excel: excel ? 'true' : undefined }
      const query = parseOrThrow(downloadQuery, omitUndefined(parameters))
      const issue = csvIssue(format, query)
      if (issue) throw parameterProblem(...issue)
      const owner = { clientId: client, participant: query.participant_id }
      const selected = await selectSeries(owner, query.source)
      const series = await Array.fromAsync(selected.series())
      // Data of a client that is no longer registered can still be exported.
      if (series.length === 0) await requireClient(client)
      if (series.length === 0 && (query.source ?? participant) !== undefined) throw await nothingSelected(owner)
      const { TIME_COLUMNS } = await getSettings('TIME_COLUMNS')
      const cols = query.cols && [...new Set(query.cols)]
      const { from, to } = query
      const resolved = resolveDownload({ ...query, cols }, selected.columns, TIME_COLUMNS)
      const request = { ...owner, series, from, to, ...resolved }
      const { times } = resolved.selection
      const timestamps = new Set(['time_upload_utc', ...(times?.notation === 'iso' ? [times.column] : [])])
      const target: ExportFormat = { format, names: resolved.columns, csv: query, timestamps }
      const written = await withProgress({ what: 'Exporting', total: 100, unit: 'percent' }, (at) => {
        const onProgress = (done: number) => at(Math.floor(done * 100))
        const rows = exportRows(request, onProgress)
        return file === STDOUT ? writeRowsTo(commandIo().stdout, target, rows) : writeNewFile(file, target, rows)
      })
      const { rows, bytes, columns, notes } = written
      return {
        json: { file, format, rows, bytes, columns },
        text: `${rows} ${rows === 1 ? 'row' : 'rows'} in ${file === STDOUT ? 'stdout' : file}, ${bytes} bytes.`,
        notes,
        onStderr: file === STDOUT,
      }
    },
  )
}

/** Writes a file under another name, so that a file under its own name is always complete. */
async function writeNewFile(file: string, target: ExportFormat, rows: ReturnType<typeof exportRows>) {
  const part = `${file}.part`
  try {
    const written = await writeRows(part, target, rows)
    await rename(part, file)
    return written
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined)
    throw fileErrorMessage(file, error)
  }
}

/** The error for a source or a participant without data, with the existing sources. */
async function nothingSelected(owner: DataOwner): Promise<CommandError> {
  const { listSeries } = await import('../../lib/measurements/store/series.ts')
  const sources = [...new Set((await listSeries(owner)).map(({ source }) => plain(source)))]
  const existing = sources.length === 0 ? 'There are none' : `There are ${listed(sources)}`
  return new CommandError(`There is no such source with measurements: check --source and --participant. ${existing}.`)
}

const omitUndefined = (options: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
