import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import * as z from 'zod'
import type { Latchkey } from './latchkey.ts'
import { nextOf } from './responses.ts'

const exported = z.strictObject({
  id: z.string(),
  format: z.enum(['csv', 'ndjson', 'parquet']),
  state: z.enum(['waiting', 'processing', 'ready', 'failed']),
  rows: z.int(),
  files: z.array(z.strictObject({ url: z.url(), size: z.int(), rows: z.int() })),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
  problem: z.looseObject({ code: z.string(), detail: z.string() }).optional(),
})
export type Exported = z.output<typeof exported>

/** A response that must be an export. */
export const exportOf = async (answer: Response): Promise<Exported> => exported.parse(await answer.json())

/** Requests with a token. */
export function exporter(latchkey: Latchkey, token: string) {
  const call = (path: string, init: RequestInit = {}) =>
    latchkey.call(path, {
      ...init,
      headers: { ...Object.fromEntries(new Headers(init.headers)), authorization: `Bearer ${token}` },
    })
  const create = (body: unknown, headers: Record<string, string> = {}) =>
    call('/exports', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  const get = (id: string) => call(`/exports/${id}`)
  return {
    create,
    get,
    delete: (id: string) => call(`/exports/${id}`, { method: 'DELETE' }),
    /** Creates an export, and returns it when the work that this starts has ended. */
    async run(body: unknown): Promise<Exported> {
      const answer = await create(body)
      if (answer.status !== 202) throw new Error(`exports answered ${answer.status}: ${await answer.text()}`)
      const { id } = await exportOf(answer)
      await latchkey.settled()
      return exportOf(await get(id))
    },
    /** The text of all pages of a download; `head` is the length of what each page starts with. */
    async pages(query: Record<string, string>, head = 0): Promise<string> {
      let all = ''
      let path: string | undefined = `/download?${new URLSearchParams(query)}`
      while (path !== undefined) {
        const answer = await call(path)
        if (!answer.ok) throw new Error(`download answered ${answer.status}: ${await answer.text()}`)
        const text = decode(await answer.arrayBuffer())
        all += all === '' ? text : text.slice(head)
        path = nextOf(answer)
      }
      return all
    },
  }
}

/** The content of each file of an export. */
export const contentsOf = ({ files }: Exported): Promise<ArrayBuffer[]> =>
  Promise.all(
    files.map(async ({ url, size }) => {
      const answer = await fetch(url)
      if (!answer.ok) throw new Error(`a file answered ${answer.status}: ${await answer.text()}`)
      const content = await answer.arrayBuffer()
      if (content.byteLength !== size) throw new Error(`a file has ${content.byteLength} bytes, not ${size}`)
      return content
    }),
  )

/** The text of each file of an export. */
export const textsOf = async (all: Exported): Promise<string[]> => (await contentsOf(all)).map(decode)

/** The text of a file, with its byte order mark. */
const decode = (content: ArrayBuffer): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(content)

/** The columns of a Parquet file with their types, and its rows. Missing values are null, large integers numbers. */
export async function readParquet(file: ArrayBuffer) {
  const { schema } = await parquetMetadataAsync(file)
  const columns = schema.slice(1).map(({ name, type, converted_type }) => [name, converted_type ?? type] as const)
  const rows: Record<string, unknown>[] = await parquetReadObjects({ file })
  return {
    columns,
    rows: rows.map((row) =>
      Object.fromEntries(
        columns.map(([name]) => {
          const value = row[name] ?? null
          return [name, typeof value === 'bigint' ? Number(value) : value]
        }),
      ),
    ),
  }
}
