import { hash, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { encode } from '@msgpack/msgpack'
import { newKind, type Sender } from './sender.ts'

const BOXES = 100
const ROWS = 5
/** Pause of a box after an upload, on average. */
const PAUSE_MS = 2_000
/** Devices whose large uploads belong to one series. */
const LOGGERS = 3
/** With four numbers of 17 digits, about as many rows as one request can contain. */
export const LARGE_ROWS = 100_000
const PARTICIPANTS = 2
const SUBMISSION_BYTES = 4_700_000
const START = 1_700_000_000

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

/** What is sent of one kind: `accepted` is a part of `sent`. */
export interface Sent {
  sent: Set<string>
  accepted: Set<string>
}
const newSent = (): Sent => ({ sent: new Set(), accepted: new Set() })

/** Value of a row in a large upload, and of its other columns, which are a little larger. */
export const largeValue = (number: number): number => Math.sin(number + 1) * 1_000

/** Boxes that upload a few rows each: half of them have times, the others an Idempotency-Key. */
export function runBoxes({ send, isStopped }: Sender, token: string) {
  const [kind, rows] = [newKind(`upload of ${ROWS} rows`), newSent()]
  async function run(index: number): Promise<void> {
    for (let next = 0; !isStopped(); next += ROWS) {
      await sleep(Math.random() * 2 * PAUSE_MS)
      const sequence = Array.from({ length: ROWS }, (_, row) => next + row)
      const time = sequence.map((number) => START + number)
      const body = JSON.stringify(index % 2 ? { sequence } : { time, sequence })
      const key: Record<string, string> = index % 2 ? { 'idempotency-key': `${index}-${next}` } : {}
      const headers = { ...bearer(token), 'content-type': 'application/json', ...key }
      const keys = sequence.map((number) => `box ${index} ${number}`)
      for (const row of keys) rows.sent.add(row)
      if ((await send(kind, `/upload?box=box%20${index}`, { headers, body }, true)) === null) return
      for (const row of keys) rows.accepted.add(row)
    }
  }
  return { kind, rows, done: Promise.all(Array.from({ length: BOXES }, (_, index) => run(index))) }
}

/** Loggers that upload a large table each, all of one series. Returns the first row of each upload. */
export function runLoggers({ send, isStopped }: Sender, token: string) {
  const [kind, uploads] = [newKind(`upload of ${LARGE_ROWS.toLocaleString('en')} rows of 17 digits`), newSent()]
  let next = 0
  async function run(): Promise<void> {
    while (!isStopped()) {
      const first = next
      next += LARGE_ROWS
      const number = Array.from({ length: LARGE_ROWS }, (_, row) => first + row)
      const columns = ['a', 'b', 'c', 'd'].map((name, at) => [name, number.map((row) => largeValue(row) + at)])
      const hasTimes = (first / LARGE_ROWS) % 2 === 0
      const time = hasTimes && { time: number.map((row) => START + row) }
      const key: Record<string, string> = hasTimes ? {} : { 'idempotency-key': `large ${first}` }
      const headers = { ...bearer(token), 'content-type': 'application/msgpack', ...key }
      const body = encode({ ...time, number, ...Object.fromEntries(columns) })
      uploads.sent.add(String(first))
      if ((await send(kind, '/upload', { headers, body })) !== null) uploads.accepted.add(String(first))
    }
  }
  return { kind, uploads, done: Promise.all(Array.from({ length: LOGGERS }, run)) }
}

/** Participants that submit large files. Returns their SHA-256. */
export function runParticipants({ send, isStopped }: Sender, token: string) {
  const [kind, files] = [newKind('submission of 4.7 MB'), newSent()]
  async function run(): Promise<void> {
    while (!isStopped()) {
      const content = randomBytes(SUBMISSION_BYTES)
      const digest = hash('sha256', content, 'hex')
      const form = new FormData()
      form.append('file', new Blob([content]), 'answers.zip')
      files.sent.add(digest)
      if ((await send(kind, '/submit', { headers: bearer(token), body: form })) !== null) files.accepted.add(digest)
    }
  }
  return { kind, files, done: Promise.all(Array.from({ length: PARTICIPANTS }, run)) }
}
