import { createHash, hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename, extname } from 'node:path'
import type { Command } from 'commander'
import * as z from 'zod'
import { getSettings } from '../../lib/config/settings.ts'
import { parseBody } from '../../lib/measurements/parse-body.ts'
import { toColumnName } from '../../lib/measurements/table.ts'
import { Warnings } from '../../lib/measurements/warnings.ts'
import { findOrRegisterClient } from '../support/clients.ts'
import { facts, runCommand, type StageOptions } from '../support/command.ts'
import { CommandError, fileErrorMessage } from '../support/error-message.ts'
import { type FilePart, splitCsv, splitNdjson } from '../support/file-parts.ts'
import { requestJson } from '../support/http-client.ts'
import { withProgress } from '../support/progress.ts'
import { localRun, useTables } from '../support/stage.ts'

const options = z.object({
  clientId: z.string().optional(),
  timeColumn: z.string().optional(),
  url: z.url({ protocol: /^https?$/, error: 'must be an absolute http or https URL' }).optional(),
})

const tokenResponse = z.object({ auth_token: z.string() })
const uploadResponse = z.object({ 'saved-in-db': z.number(), warnings: z.array(z.string()).default([]) })

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.json': 'application/json',
  '.ndjson': 'application/x-ndjson',
  '.jsonl': 'application/x-ndjson',
}

export function addUpload(program: Command): void {
  const command = program
    .command('upload')
    .description('upload a CSV, JSON or NDJSON file of measurements')
    .argument('<file>', 'its name ends in .csv, .json, .ndjson or .jsonl')
    .option('--client-id <id>', 'the public client that owns the rows (default: a client of this file alone)')
    .option('--time-column <name>', 'the CSV column with the time of each row (default: time, time_utc or timestamp)')
    .option('--url <url>', 'the URL of a deployed stage')
  runCommand(command, options, async (where, { clientId, timeColumn, url }, [file = '']) => {
    const { contentType, parts } = await readParts(file, timeColumn)
    await useTables(where)
    const base = await findUrl(where, url)
    const client =
      clientId === undefined ? await findOrRegisterClient(clientName(file, parts)) : { clientId, isNew: false }
    const { rows, warnings } = await withProgress({ what: 'Uploading', total: parts.length, unit: 'parts' }, (at) =>
      uploadParts({ base, clientId: client.clientId, contentType, parts }, at),
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
      notes: [...(await timeNotes(contentType, parts)), ...warnings].map((note) => `Note: ${note}.`),
    }
  })
}

/** Reads the file as bodies for POST /upload. */
async function readParts(file: string, timeColumn?: string): Promise<{ contentType: string; parts: FilePart[] }> {
  const contentType = CONTENT_TYPES[extname(file).toLowerCase()]
  if (contentType === undefined) {
    throw new CommandError(`The name of the file must end in ${Object.keys(CONTENT_TYPES).join(', ')}.`)
  }
  if (timeColumn !== undefined && contentType !== 'text/csv') throw new CommandError('--time-column is for CSV files.')
  const content = await readFile(file).catch((error: unknown) => {
    throw fileErrorMessage(file, error)
  })
  if (contentType === 'text/csv') return { contentType, parts: splitCsv(content, timeColumn) }
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

/** A name that another file, or another version of this file, does not have: their rows must not mix. */
function clientName(file: string, parts: readonly FilePart[]): string {
  const digest = createHash('sha256')
  for (const { body } of parts) digest.update(body)
  return `${basename(file).slice(-100)} ${digest.digest('hex').slice(0, 12)}`
}

interface UploadOptions {
  base: string
  clientId: string
  contentType: string
  parts: readonly FilePart[]
}

async function uploadParts({ base, clientId, contentType, parts }: UploadOptions, at: (done: number) => void) {
  const tokenUrl = new URL('token', base)
  tokenUrl.searchParams.set('client_id', clientId)
  const { auth_token } = await requestJson(tokenUrl, tokenResponse, { headers: { accept: 'application/json' } })
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
    const response = await requestJson(new URL('upload', base), uploadResponse, request).catch((error: unknown) => {
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

/** A note if no column contains times, which the response of POST /upload does not mention. */
async function timeNotes(contentType: string, [first]: readonly FilePart[]): Promise<string[]> {
  const { TIME_COLUMNS } = await getSettings('TIME_COLUMNS')
  const names = parseBody(contentType, first?.body ?? Buffer.alloc(0), new Warnings()).map(([name]) => name)
  if (names.some((name) => TIME_COLUMNS.includes(toColumnName(name)))) return []
  const some = names.slice(0, 10).map((name) => `"${name}"`)
  const remedy = contentType === 'text/csv' ? `. Upload it again with --time-column and one of ${some.join(', ')}` : ''
  return [`no column is named ${TIME_COLUMNS.join(' or ')}, so each row has the time of receipt${remedy}`]
}
