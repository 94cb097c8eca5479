import { createHash, hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import type { Command } from 'commander'
import * as z from 'zod'
import { csvParameters } from '../../lib/measurements/csv-options.ts'
import { findOrRegisterClient, resolveClientId } from '../support/clients.ts'
import { runCommand } from '../support/command.ts'
import { CommandError, fileErrorMessage } from '../support/error-message.ts'
import { type FilePart, splitCsv, splitNdjson } from '../support/file-parts.ts'
import { checkDateOrder } from '../support/hobo-dates.ts'
import { requestJson } from '../support/http-client.ts'
import { withProgress } from '../support/progress.ts'
import { useTables } from '../support/stage.ts'
import { findAddress } from '../support/stage-address.ts'
import { facts } from '../support/text.ts'

const { delimiter, decimal, columns, skip } = csvParameters
const options = z.object({
  client: z.string().optional(),
  box: z.string().optional(),
  timeColumn: z.string().optional(),
  timeFormat: z.string().optional(),
  tz: z.string().optional(),
  ...{ delimiter, decimal, columns, skip },
  url: z.url({ protocol: /^https?$/, error: 'must be an absolute http or https URL' }).optional(),
})

/** How to read the file. */
type ReadOptions = Omit<z.output<typeof options>, 'client' | 'url'>

const tokenResponse = z.object({ auth_token: z.string() })
const uploadResponse = z.object({ 'saved-in-db': z.number(), warnings: z.array(z.string()).default([]) })

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.tsv': 'text/csv',
  '.txt': 'text/csv',
  '.dat': 'text/csv',
  '.json': 'application/json',
  '.ndjson': 'application/x-ndjson',
  '.jsonl': 'application/x-ndjson',
}

export function addUpload(program: Command): void {
  const command = program
    .command('upload')
    .description('upload a CSV, JSON or NDJSON file of measurements')
    .argument('<file>', 'its name ends in .csv, .tsv, .txt, .dat, .json, .ndjson or .jsonl')
    .option(
      '--client <client>',
      'the public client that owns the rows: its client_id or its name (default: a client of this file alone)',
    )
    .option('--box <name>', 'the box of rows that name none in a column box')
    .option('--time-column <name>', 'the column with the time of each row (default: a known name, such as time)')
    .option('--time-format <format>', 'unix, unix_ms, unix_us, unix_ns, excel, or a pattern such as "%d.%m.%Y %H:%M"')
    .option('--tz <zone>', 'the time zone of times without an offset, such as Europe/Berlin (default: UTC)')
    .option('--columns <names>', 'names of the columns of a CSV file without them, such as time,temp')
    .option('--skip <lines>', 'number of lines above the column names of a CSV file that are not read (default: 0)')
    .option('--delimiter <name>', 'comma, semicolon, tab or pipe (default: the one that the CSV file seems to have)')
    .option(
      '--decimal <mark>',
      'point or comma, in numbers of a CSV file (default: a point, or a comma where it is clear)',
    )
    .option('--url <url>', 'the address of the stage (default: that of its functions)')
  runCommand(
    command,
    ['upload my.csv', 'upload my.csv --client garden --tz Europe/Berlin'],
    options,
    async (where, { client: name, url, ...reading }, [file = '']) => {
      const { contentType, parts } = await readParts(file, reading)
      if (reading.timeFormat === undefined) checkDateOrder(parts)
      await useTables(where)
      const base = await findAddress(where, url)
      const client =
        name === undefined
          ? await findOrRegisterClient(clientName(file, parts, reading))
          : { clientId: await resolveClientId(name), isNew: false }
      const { rows, warnings } = await withProgress({ what: 'Uploading', total: parts.length, unit: 'parts' }, (at) =>
        uploadParts({ base, clientId: client.clientId, contentType, parts, reading }, at),
      )
      const page = new URL('download', base)
      page.searchParams.set('client_id', client.clientId)
      return {
        json: { file, client_id: client.clientId, client_is_new: client.isNew, rows, warnings, data_page: page.href },
        text: `${facts({
          'rows stored': rows,
          client_id: `${client.clientId}${client.isNew ? ' (new)' : ''}`,
          'data page': page.href,
        })}\nOpen the data page, enter the admin token and select "List the series".`,
        notes: warnings.map((note) => `Note: ${note}.`),
      }
    },
  )
}

/** Reads the file as bodies for POST /upload. */
async function readParts(file: string, reading: ReadOptions): Promise<{ contentType: string; parts: FilePart[] }> {
  const contentType = CONTENT_TYPES[extname(file).toLowerCase()]
  if (contentType === undefined) {
    throw new CommandError(`The name of the file must end in ${Object.keys(CONTENT_TYPES).join(', ')}.`)
  }
  const content = await readFile(file).catch((error: unknown) => {
    throw fileErrorMessage(file, error)
  })
  if (contentType === 'text/csv') return { contentType, parts: splitCsv(content, reading) }
  if (contentType === 'application/json') return { contentType, parts: [{ firstRow: 1, body: content }] }
  return { contentType, parts: splitNdjson(content) }
}

/** A name that another file, another version of it, or another way to read it do not have: their rows must not mix. */
function clientName(file: string, parts: readonly FilePart[], reading: ReadOptions): string {
  const digest = createHash('sha256')
  for (const { body } of parts) digest.update(body)
  if (Object.keys(reading).length > 0) digest.update(JSON.stringify(reading))
  return `${basename(file).slice(-100)} ${digest.digest('hex').slice(0, 12)}`
}

interface UploadOptions {
  base: string
  clientId: string
  contentType: string
  parts: readonly FilePart[]
  reading: ReadOptions
}

async function uploadParts({ base, clientId, contentType, parts, reading }: UploadOptions, at: (done: number) => void) {
  const tokenUrl = new URL('token', base)
  tokenUrl.searchParams.set('client_id', clientId)
  const { auth_token } = await requestJson(tokenUrl, tokenResponse, { headers: { accept: 'application/json' } })
  const uploadUrl = new URL('upload', base)
  const { timeColumn: time_column, timeFormat: time_format, ...others } = reading
  const header = reading.columns && 'absent'
  for (const [name, value] of Object.entries({ time_column, time_format, header, ...others })) {
    if (value !== undefined) uploadUrl.searchParams.set(name, String(value))
  }
  let rows = 0
  const warnings: string[] = []
  for (const [index, { firstRow, body }] of parts.entries()) {
    const headers = {
      authorization: `Bearer ${auth_token}`,
      'content-type': contentType,
      // A repeated upload stores rows without times only once.
      'idempotency-key': hash('sha256', body, 'hex'),
    }
    const request = { method: 'POST', headers, body: new Uint8Array(body) }
    const response = await requestJson(uploadUrl, uploadResponse, request).catch((error: unknown) => {
      throw error instanceof CommandError && parts.length > 1
        ? new CommandError(`Rows from ${firstRow} on were not stored. ${error.message}`)
        : error
    })
    rows += response['saved-in-db']
    warnings.push(...response.warnings)
    at(index + 1)
  }
  return { rows, warnings: [...new Set(warnings)] }
}
