import { setTimeout as sleep } from 'node:timers/promises'
import type { Figure } from './report.ts'
import type { Service } from './service.ts'

const UPLOADERS = 64
const ROWS = 5
const RETRY_MS = 300

/**
 * 64 uploaders at once for so many seconds, each with rows that nobody else sends. In the middle the service is killed
 * and started again; what had no answer is sent until it has one, as it was. Then every row that was accepted is looked for.
 */
export async function benchUploaders(service: Service, seconds: number): Promise<Figure[]> {
  const { client_id: clientId = '' } = await service.ask('/register', {
    method: 'POST',
    body: JSON.stringify({ callback_url: 'https://app.example/' }),
    headers: { 'content-type': 'application/json', ...service.admin },
  })
  const { auth_token } = await service.ask(`/token?client_id=${clientId}`)
  const authorization = `Bearer ${auth_token}`
  const accepted: string[] = []
  let [uploads, repeated, refused, isDown, isOver] = [0, 0, 0, false, false]

  /** True for an upload that was taken; what fails while nobody has killed the service counts as refused. */
  async function isTaken(body: string, key: Record<string, string>): Promise<boolean> {
    const wasDown = isDown
    const headers = { authorization, 'content-type': 'application/json', ...key }
    const answer = await fetch(`${service.url}/upload`, { method: 'POST', headers, body }).catch(() => null)
    // An answer that breaks off is none.
    const text = await answer?.text().catch(() => null)
    if (answer?.status === 200 && text) return true
    if (!wasDown && !isDown) {
      refused += 1
      console.error(`/upload: ${answer?.status ?? 'no answer'} ${text ?? ''}`)
    }
    return false
  }

  async function uploader(index: number): Promise<void> {
    const box = new Array(ROWS).fill(`box ${index}`)
    for (let next = 0; !isOver; next += ROWS) {
      const sequence = box.map((_, row) => next + row)
      const time = sequence.map((number) => 1_700_000_000 + number)
      // Half of them have no clock: their repeats are known by a key alone.
      const body = JSON.stringify(index % 2 ? { box, sequence } : { box, time, sequence })
      const key: Record<string, string> = index % 2 ? { 'idempotency-key': `${index}-${next}` } : {}
      let tries = 1
      for (; !(await isTaken(body, key)); tries += 1) await sleep(RETRY_MS)
      uploads += 1
      if (tries > 1) repeated += 1
      accepted.push(...sequence.map((number) => `box ${index} ${number}`))
    }
  }

  const uploading = Promise.all(Array.from({ length: UPLOADERS }, (_, index) => uploader(index)))
  await sleep(seconds * 500)
  isDown = true
  await service.kill()
  const killed = performance.now()
  await service.startAgain()
  const down = (performance.now() - killed) / 1_000
  isDown = false
  await sleep(seconds * 500)
  isOver = true
  await uploading

  const stored = await rowsOf(service, clientId)
  const missing = accepted.filter((row) => !stored.has(row)).length
  const doubled = [...stored.values()].filter((times) => times > 1).length
  const what = `${UPLOADERS} uploaders for ${seconds} s, the service killed in the middle`
  return [
    { what: `${what}: uploads of ${ROWS} rows`, value: uploads / seconds, unit: '/s' },
    { what: 'until it was back, with all of them asking', value: down, unit: 's' },
    { what: 'sent again for want of an answer', value: repeated, unit: 'uploads' },
    { what: 'refused while the service ran', value: refused, unit: 'uploads', atMost: 0 },
    { what: 'accepted', value: accepted.length, unit: 'rows' },
    { what: 'accepted, but missing afterwards', value: missing, unit: 'rows', atMost: 0 },
    { what: 'there more than once', value: doubled, unit: 'rows', atMost: 0 },
    { what: 'there, but never accepted', value: stored.size - (accepted.length - missing), unit: 'rows', atMost: 0 },
  ]
}

/** How many times each row is there. */
async function rowsOf({ url, admin }: Service, clientId: string): Promise<Map<string, number>> {
  const stored = new Map<string, number>()
  let next: string | undefined = `/download?format=ndjson&number=10000&cols=box,sequence&client_id=${clientId}`
  while (next) {
    const answer: Response = await fetch(new URL(next, url), { headers: admin })
    const text = await answer.text()
    if (answer.status !== 200) throw new Error(`/download answered ${answer.status}: ${text}`)
    for (const line of text.split('\n').filter(Boolean)) {
      const { box, sequence } = JSON.parse(line)
      stored.set(`${box} ${sequence}`, (stored.get(`${box} ${sequence}`) ?? 0) + 1)
    }
    next = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1]
  }
  return stored
}
