import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod'
import { fileResource } from '../../lib/files/resource.ts'
import type { Latchkey } from './latchkey.ts'

/** A file as its owner sees it. Unknown members are errors. */
const resource = z.strictObject(fileResource.shape)
export type FileState = z.output<typeof resource>

export const PART_BYTES = 8_388_608

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** What a test sends to `POST /files`. */
export type NewFile = Readonly<Record<string, unknown>>

export const createFile = (latchkey: Latchkey, token: string, body: unknown, headers: Record<string, string> = {}) =>
  latchkey.call('/files', {
    method: 'POST',
    headers: { ...bearer(token), 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

export const getFile = (latchkey: Latchkey, token: string, id: string) =>
  latchkey.call(`/files/${id}`, { headers: bearer(token) })

export const completeFile = (latchkey: Latchkey, token: string, id: string) =>
  latchkey.call(`/files/${id}/complete`, { method: 'POST', headers: bearer(token) })

export const deleteFile = (latchkey: Latchkey, token: string, id: string) =>
  latchkey.call(`/files/${id}`, { method: 'DELETE', headers: bearer(token) })

/** The file in a response with this status. */
export async function fileOf(answer: Response, status = answer.ok ? answer.status : 200): Promise<FileState> {
  const text = await answer.text()
  if (answer.status !== status) throw new Error(`${answer.status} instead of ${status}: ${text}`)
  return resource.parse(JSON.parse(text))
}

export const stateOf = async (latchkey: Latchkey, token: string, id: string): Promise<FileState> =>
  fileOf(await getFile(latchkey, token, id), 200)

/** Sends the parts of a file that its state has URLs for, or some of them. */
export async function sendParts(
  { upload = [] }: FileState,
  content: Uint8Array<ArrayBuffer>,
  numbers: readonly number[] = upload.map(({ number }) => number),
): Promise<void> {
  for (const { number, start, size, url } of upload) {
    if (!numbers.includes(number)) continue
    const answer = await fetch(url, { method: 'PUT', body: content.subarray(start, start + size) })
    if (!answer.ok) throw new Error(`part ${number}: ${answer.status} ${await answer.text()}`)
  }
}

/** Creates a file, sends all parts and completes it. Its work may still run. */
export async function sendFile(
  latchkey: Latchkey,
  token: string,
  file: NewFile,
  content: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const created = await fileOf(await createFile(latchkey, token, { size: content.length, ...file }), 201)
  await sendParts(created, content)
  await fileOf(await completeFile(latchkey, token, created.id), 202)
  return created.id
}

export const PHOTO = { purpose: 'submission', name: 'photo.jpg', type: 'image/jpeg' } as const
export const CSV = { purpose: 'measurements', type: 'text/csv' } as const

/** The item of a file, or undefined without one. */
export async function itemOf(id: string): Promise<Record<string, unknown> | undefined> {
  const { documents } = await import('../../lib/dynamodb/client.ts')
  const Key = { id: `file#${id}` }
  return (await documents.send(new GetCommand({ TableName: process.env['SESSIONS_TABLE'], Key }))).Item
}

/** Whether the bucket has anything of a file: an object, or a transfer with its parts. */
export async function isInBucket(latchkey: Latchkey, key: string, transfer: unknown): Promise<boolean> {
  const { receivedParts } = await import('../../lib/files/bucket.ts')
  const objects = await latchkey.bucket.store.list(key)
  return objects.length > 0 || (await receivedParts(key, String(transfer))) !== null
}

/** Puts a file into a state, as work on it, or a submission, would. */
export async function setFileState(id: string, state: string, submission?: string): Promise<void> {
  const { documents } = await import('../../lib/dynamodb/client.ts')
  await documents.send(
    new UpdateCommand({
      TableName: process.env['SESSIONS_TABLE'],
      Key: { id: `file#${id}` },
      UpdateExpression: `SET #state = :state${submission === undefined ? '' : ', attached_to = :submission'}`,
      ExpressionAttributeNames: { '#state': 'state' },
      ExpressionAttributeValues: { ':state': state, ...(submission !== undefined && { ':submission': submission }) },
    }),
  )
}
