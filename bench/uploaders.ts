import { setTimeout as sleep } from 'node:timers/promises'
import type { Figure } from './report.ts'
import type { Service } from './service.ts'

const UPLOADERS = 64
const ROWS = 5
const RETRY_MS = 300

/**
 * Runs 64 uploaders with distinct rows for `seconds`. Halfway, it kills and restarts the service; uploaders retry requests
 * that had no response. Then it checks that every accepted row is stored once.
 */
export async function benchUploaders(service: Service, seconds: number): Promise<Figure[]> {
  const { client_id: clientId = '' } = await service.fetchJson('/register', {
    method: 'POST',
    body: JSON.stringify({ callback_url: 'https://app.example/' }),
    headers: { 'content-type': 'application/json', ...service.admin },
  })
  const { auth_token } = await service.fetchJson(`/token?client_id=${clientId}`)
  const authorization = `Bearer ${auth_token}`
  const accepted: string[] = []
  let [uploads, repeated, rejected, isDown, isStopped] = [0, 0, 0, false, false]

  /** Whether an upload was accepted. Failures while the service runs are added to `rejected`. */
  async function isAccepted(body: string, key: Record<string, string>): Promise<boolean> {
    const wasDown = isDown
    const headers = { authorization, 'content-type': 'application/json', ...key }
    const response = await fetch(`${service.url}/upload`, { method: 'POST', headers, body }).catch(() => null)
    // A response that ends early is not a response.
    const text = await response?.text().catch(() => null)
    if (response?.status === 200 && text) return true
    if (!wasDown && !isDown) {
      rejected += 1
      console.error(`/upload: ${response?.status ?? 'no response'} ${text ?? ''}`)
    }
    return false
  }

  async function uploader(index: number): Promise<void> {
    const box = new Array(ROWS).fill(`box ${index}`)
    for (let next = 0; !isStopped; next += ROWS) {
      const sequence = box.map((_, row) => next + row)
      const time = sequence.map((number) => 1_700_000_000 + number)
      // Half of the uploads have no times, so that only a key identifies a retry.
      const body = JSON.stringify(index % 2 ? { box, sequence } : { box, time, sequence })
      const key: Record<string, string> = index % 2 ? { 'idempotency-key': `${index}-${next}` } : {}
      let attempts = 1
      for (; !(await isAccepted(body, key)); attempts += 1) await sleep(RETRY_MS)
      uploads += 1
      if (attempts > 1) repeated += 1
      accepted.push(...sequence.map((number) => `box ${index} ${number}`))
    }
  }

  const uploading = Promise.all(Array.from({ length: UPLOADERS }, (_, index) => uploader(index)))
  await sleep(seconds * 500)
  isDown = true
  await service.kill()
  const killedAt = performance.now()
  await service.restart()
  const downSeconds = (performance.now() - killedAt) / 1_000
  isDown = false
  await sleep(seconds * 500)
  isStopped = true
  await uploading

  const stored = await countRows(service, clientId)
  const missing = accepted.filter((row) => !stored.has(row)).length
  const doubled = [...stored.values()].filter((times) => times > 1).length
  const what = `${UPLOADERS} uploaders for ${seconds} s, the service killed in the middle`
  return [
    { what: `${what}: uploads of ${ROWS} rows`, value: uploads / seconds, unit: '/s' },
    { what: 'until the service was back, with all uploaders retrying', value: downSeconds, unit: 's' },
    { what: 'sent again without a response', value: repeated, unit: 'uploads' },
    { what: 'rejected while the service ran', value: rejected, unit: 'uploads', atMost: 0 },
    { what: 'accepted', value: accepted.length, unit: 'rows' },
    { what: 'accepted, but missing afterwards', value: missing, unit: 'rows', atMost: 0 },
    { what: 'stored more than once', value: doubled, unit: 'rows', atMost: 0 },
    { what: 'stored, but never accepted', value: stored.size - (accepted.length - missing), unit: 'rows', atMost: 0 },
  ]
}

/** Number of times that each row is stored. */
async function countRows({ url, admin }: Service, clientId: string): Promise<Map<string, number>> {
  const stored = new Map<string, number>()
  let next: string | undefined = `/download?format=ndjson&number=10000&cols=box,sequence&client_id=${clientId}`
  while (next) {
    const page: Response = await fetch(new URL(next, url), { headers: admin })
    const text = await page.text()
    if (page.status !== 200) throw new Error(`/download returned ${page.status}: ${text}`)
    for (const line of text.split('\n').filter(Boolean)) {
      const { box, sequence } = JSON.parse(line)
      stored.set(`${box} ${sequence}`, (stored.get(`${box} ${sequence}`) ?? 0) + 1)
    }
    next = /<([^>]+)>; rel="next"/.exec(page.headers.get('link') ?? '')?.[1]
  }
  return stored
}
