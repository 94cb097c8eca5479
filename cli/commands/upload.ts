import { createHash, hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import type { Command } from 'commander'
import * as z from 'zod'
import { findOrRegisterClient } from '../support/clients.ts'
import { facts, runCommand, type StageOptions } from '../support/command.ts'
import { CommandError, fileErrorMessage } from '../support/error-message.ts'
import { type FilePart, splitCsv, splitNdjson } from '../support/file-parts.ts'
import { checkDateOrder } from '../support/hobo-dates.ts'
import { requestJson } from '../support/http-client.ts'
import { withProgress } from '../support/progress.ts'
import { localRun, useTables } from '../support/stage.ts'

const options = z.object({
  clientId: z.string().optional(),
  timeColumn: z.string().optional(),
  timeFormat: z.string().optional(),
  tz: z.string().optional(),
  url: z.url({ protocol: /^https?$/, error: 'must be an absolute http or https URL' }).optional(),
})

type TimeOptions = Pick<z.output<typeof options>, 'timeColumn' | 'timeFormat' | 'tz'>

const tokenResponse = z.object({ auth_token: z.string() })
const uploadResponse = z.object({ 'saved-in-db': z.number(), warnings: z.array(z.string()).default([]) })

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.tsv': 'text/tab-separated-values',
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
    .argument('<file>', 'its name ends in .csv, .tsv, .txt, .dat (CSV), .json, .ndjson or .jsonl')
    .option('--client-id <id>', 'the public client that owns the rows (default: a client of this file alone)')
    .option('--time-column <name>', 'the column with the time of each row (default: a known name, such as time)')
    .option('--time-format <format>', 'unix, unix_ms, unix_us, unix_ns, excel, or a pattern such as "%d.%m.%Y %H:%M"')
    .option('--tz <zone>', 'the time zone of times without an offset, such as Europe/Berlin (default: UTC)')
    .option('--url <url>', 'the URL of a deployed stage')
  runCommand(command, options, async (where, { clientId, url, ...times }, [file = '']) => {
    const { contentType, parts } = await readParts(file)
    if (times.timeFormat === undefined) checkDateOrder(parts)
    await useTables(where)
    const base = await findUrl(where, url)
    const client =
      clientId === undefined ? await findOrRegisterClient(clientName(file, parts, times)) : { clientId, isNew: false }
    const { rows, warnings } = await withProgress({ what: 'Uploading', total: parts.length, unit: 'parts' }, (at) =>
      uploadParts({ base, clientId: client.clientId, contentType, parts, times }, at),
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
  })
}

/** Reads the file as bodies for POST /upload. */
async function readParts(file: string): Promise<{ contentType: string; parts: FilePart[] }> {
  const contentType = CONTENT_TYPES[extname(file).toLowerCase()]
  if (contentType === undefined) {
    throw new CommandError(`The name of the file must end in ${Object.keys(CONTENT_TYPES).join(', ')}.`)
  }
  const content = await readFile(file).catch((error: unknown) => {
    throw fileErrorMessage(file, error)
  })
  if (contentType.startsWith('text/')) return { contentType, parts: splitCsv(content) }
  if (contentType === 'application/json') return { contentType, parts: [{ firstRow: 1, body: content }] }
  return { contentType, parts: splitNdjson(content) }
}

async function findUrl({ stage }: StageOptions, url: string | undefined): Promise<string> {
  const base = url ?? (stage === 'local' ? (await localRun())?.url : undefined)
  if (base === undefined) {
    throw new CommandError(`Set --url to the address that npx serverless info --stage ${stage} prints.`)
  }
  return base.endsWith('/') ? base : `${base}/`
}

/** A name that another file, another version of it, or other times of it do not have: their rows must not mix. */
function clientName(file: string, parts: readonly FilePart[], times: TimeOptions): string {
  const digest = createHash('sha256')
  for (const { body } of parts) digest.update(body)
  if (Object.keys(times).length > 0) digest.update(JSON.stringify(times))
  return `${basename(file).slice(-100)} ${digest.digest('hex').slice(0, 12)}`
}

interface UploadOptions {
  base: string
  clientId: string
  contentType: string
  parts: readonly FilePart[]
  times: TimeOptions
}

async function uploadParts({ base, clientId, contentType, parts, times }: UploadOptions, at: (done: number) => void) {
  const tokenUrl = new URL('token', base)
  tokenUrl.searchParams.set('client_id', clientId)
  const { auth_token } = await requestJson(tokenUrl, tokenResponse, { headers: { accept: 'application/json' } })
  const uploadUrl = new URL('upload', base)
  const parameters = { time_column: times.timeColumn, time_format: times.timeFormat, tz: times.tz }
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) uploadUrl.searchParams.set(name, value)
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
