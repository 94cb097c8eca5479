import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod'
import { participantDigest } from '../../lib/core/identifiers.ts'
import { submission } from '../../lib/submissions/submission.ts'
import type { Latchkey } from './latchkey.ts'
import { type Body, nextOf } from './responses.ts'

const taken = z.strictObject({
  status: z.literal('accepted'),
  id: z.string().regex(/^[0-9a-f]{32}$/),
  ignored: z.array(z.string()).optional(),
})
const page = z.strictObject({ submissions: z.array(z.strictObject(submission.shape)) })

/** The parts of a submission, in the order in which they are sent. */
export interface Sent {
  auth_token?: string
  responses?: string
  files?: readonly (readonly [name: string, content: string | Uint8Array<ArrayBuffer>, type?: string])[]
}

/** A form as browsers encode it. */
export function formOf({ auth_token, responses, files = [] }: Sent): FormData {
  const form = new FormData()
  if (auth_token !== undefined) form.append('auth_token', auth_token)
  if (responses !== undefined) form.append('responses', responses)
  for (const [name, content, type = ''] of files) form.append('file', new Blob([content], { type }), name)
  return form
}

export const submit = (latchkey: Latchkey, body: Body, headers: Record<string, string> = {}) =>
  latchkey.call('/submit', { method: 'POST', body, headers })

/** The body of a response that must confirm the submission. */
export async function accepted(answer: Response): Promise<z.output<typeof taken>> {
  if (answer.status !== 200) throw new Error(`/submit answered ${answer.status}: ${await answer.text()}`)
  return taken.parse(await answer.json())
}

const ascii = (text: string | Uint8Array) => (typeof text === 'string' ? Buffer.from(text) : text)

/** A part of a multipart body: its Content-Disposition, its content, and any further headers. */
export const part = (disposition: string, content: string | Uint8Array = '', ...headers: string[]) =>
  Buffer.concat([
    Buffer.from(`${[`Content-Disposition: form-data; ${disposition}`, ...headers].join('\r\n')}\r\n\r\n`),
    ascii(content),
  ])

/** Parts between boundaries, with the text before the first and after the last. */
export const multipart = (
  parts: readonly (string | Uint8Array)[],
  { boundary = 'b', before = '', after = '\r\n' }: { boundary?: string; before?: string; after?: string } = {},
) =>
  Buffer.concat([
    Buffer.from(before),
    ...parts.flatMap((each) => [Buffer.from(`--${boundary}\r\n`), ascii(each), Buffer.from('\r\n')]),
    Buffer.from(`--${boundary}--${after}`),
  ])

export const MULTIPART = { 'content-type': 'multipart/form-data; boundary=b' }

/** The submissions of a page. */
export const listOf = async (answer: Response) => page.parse(await answer.json()).submissions

/** Every submission of a client as the admin reads it, from all pages. */
export async function submissionsOf(latchkey: Latchkey, clientId: string, query = '') {
  const found: z.output<typeof submission>[] = []
  for (let next: string | undefined = `/submissions?client_id=${clientId}${query}`; next !== undefined; ) {
    const answer: Response = await latchkey.asAdmin(next)
    if (!answer.ok) throw new Error(`${next} answered ${answer.status}: ${await answer.text()}`)
    found.push(...(await listOf(answer)))
    next = nextOf(answer)
  }
  return found
}

/** A part of a submission as the admin reads it, also from the bucket. */
export async function contentOf(latchkey: Latchkey, id: string, part: string | number): Promise<Buffer> {
  const answer = await latchkey.asAdmin(`/submissions/${id}/${part}`, { redirect: 'follow' })
  if (!answer.ok) throw new Error(`part ${part} answered ${answer.status}: ${await answer.text()}`)
  return Buffer.from(await answer.arrayBuffer())
}

const item = z.object({
  submission: z.string(),
  piece: z.string(),
  attempt: z.string().optional(),
  chunks: z.int().optional(),
  client_id: z.string().optional(),
  participant_id: z.string().optional(),
  received_at: z.string().optional(),
})

const chunksOf = ({ submission: id, attempt, chunks = 0 }: z.output<typeof item>): string[] =>
  Array.from({ length: chunks }, (_, number) => `${id} chunk#${attempt}#${String(number).padStart(4, '0')}`)

const entryOf = ({
  submission: id,
  attempt,
  client_id,
  participant_id,
  received_at,
}: z.output<typeof item>): string[] =>
  participant_id === undefined
    ? []
    : [`participant#${client_id}#${participantDigest(participant_id)} ${received_at}#${id}#${attempt}`]

/** Creating a client takes longer than its command. */
const clients = new WeakMap<Latchkey['database'], DynamoDBDocumentClient>()

/**
 * Every item of the table of submissions as `<id> <piece>`, and the expected ones: manifests with their chunks, and entries
 * in the lists of participants.
 */
export async function piecesOf({ database }: Latchkey): Promise<{ there: string[]; named: string[] }> {
  const client =
    clients.get(database) ?? DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint: database.endpoint }))
  clients.set(database, client)
  const items: z.output<typeof item>[] = []
  const scan = {
    TableName: process.env['SUBMISSIONS_TABLE'],
    ProjectionExpression: 'submission, piece, attempt, chunks, client_id, participant_id, received_at',
    FilterExpression: 'piece <> :state',
    ExpressionAttributeValues: { ':state': 'backfill' },
  }
  for await (const { Items = [] } of paginateScan({ client }, scan))
    items.push(...Items.map((each) => item.parse(each)))
  const named = items
    .filter(({ piece }) => piece === 'manifest')
    .flatMap((manifest) => [`${manifest.submission} manifest`, ...entryOf(manifest), ...chunksOf(manifest)])
  return { there: items.map((each) => `${each.submission} ${each.piece}`).sort(), named: named.sort() }
}
