import { hash } from 'node:crypto'
import * as z from 'zod'
import { LARGE_ROWS, largeValue } from './devices.ts'
import type { Service } from './service.ts'

const boxRow = z.object({ box: z.string(), sequence: z.number() })
const largeRow = z.object({ number: z.number(), a: z.number() })
const submissions = z.object({
  submissions: z.array(z.object({ id: z.string(), files: z.array(z.object({ sha256: z.string() })) })),
})

/** How often each thing is stored. */
export type Stored = Map<string, number>

const add = (stored: Stored, key: string) => stored.set(key, (stored.get(key) ?? 0) + 1)

/** The bodies of all pages of a list. */
export async function* pagesOf({ url, admin }: Pick<Service, 'url' | 'admin'>, path: string): AsyncGenerator<string> {
  let next: string | undefined = path
  while (next !== undefined) {
    const page: Response = await fetch(new URL(next, url), { headers: admin })
    const text = await page.text()
    if (page.status !== 200) throw new Error(`${next} returned ${page.status}: ${text}`)
    yield text
    next = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1]
  }
}

async function* rowsOf(service: Service, clientId: string, columns: string): AsyncGenerator<unknown> {
  const path = `/download?format=ndjson&number=10000&cols=${columns}&client_id=${clientId}`
  for await (const page of pagesOf(service, path))
    for (const line of page.split('\n')) if (line !== '') yield JSON.parse(line)
}

/** Rows of boxes as `<box> <sequence>`. */
export async function storedBoxRows(service: Service, clientId: string): Promise<Stored> {
  const stored: Stored = new Map()
  for await (const row of rowsOf(service, clientId, 'box,sequence')) {
    const { box, sequence } = boxRow.parse(row)
    add(stored, `${box} ${sequence}`)
  }
  return stored
}

/**
 * Large uploads by their first row. A whole upload is stored once, or as often as its most frequent row is. Part of an
 * upload has another key, which no device has sent.
 */
export async function storedLargeUploads(service: Service, clientId: string): Promise<Stored> {
  const counts = new Map<number, Uint8Array>()
  const stored: Stored = new Map()
  for await (const row of rowsOf(service, clientId, 'number,a')) {
    const { number, a } = largeRow.parse(row)
    const first = number - (number % LARGE_ROWS)
    const ofUpload = counts.get(first) ?? new Uint8Array(LARGE_ROWS)
    counts.set(first, ofUpload)
    if (a !== largeValue(number)) add(stored, `${first} with other values`)
    else ofUpload[number - first] = (ofUpload[number - first] ?? 0) + 1
  }
  for (const [first, rows] of counts) {
    const isWhole = rows.every((count) => count > 0)
    stored.set(isWhole ? String(first) : `${first} in part`, Math.max(...rows))
  }
  return stored
}

/** Submissions by the SHA-256 of their file, as it is read back. */
export async function storedSubmissions(service: Service, clientId: string): Promise<Stored> {
  const stored: Stored = new Map()
  for await (const page of pagesOf(service, `/submissions?client_id=${clientId}`))
    for (const { id } of submissions.parse(JSON.parse(page)).submissions) {
      const response = await fetch(`${service.url}/submissions/${id}/1`, { headers: service.admin })
      add(stored, hash('sha256', Buffer.from(await response.arrayBuffer()), 'hex'))
    }
  return stored
}
