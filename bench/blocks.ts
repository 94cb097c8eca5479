import { deflateRawSync, inflateRawSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { itemBytes } from '../lib/dynamodb/purge-items.ts'
import type { Cell } from '../lib/measurements/cells.ts'
import { packColumn, unpackColumn } from '../lib/measurements/column-codec.ts'
import { meter } from './capacity.ts'
import { randomness, sensorTable, type Table } from './data.ts'
import { answerOf, eventOf, registerWithToken, startBench } from './harness.ts'
import { type Figure, medianOf, report } from './report.ts'

/**
 * What a million rows cost to write and to read: with each way of encoding that was tried, reckoned from the bytes of
 * its items, and with what is stored in fact, from the units that its commands use.
 */
const DOLLARS_PER_UNIT = 0.625e-6
const BEGIN = 1_600_000_000
/** What a block has beside its columns; the names of columns come on top. */
const BESIDE = { series: { S: 'x'.repeat(40) }, block: { S: 'x'.repeat(47) }, layout: { N: '2' }, rows: { N: '1440' } }

/** Doubles as a sensor library computes them, with all their digits. */
function doubles(rows: number): Table {
  const random = randomness(rows)
  const names = ['a', 'b', 'c', 'd']
  const time = Array.from({ length: rows }, (_, row) => BEGIN + row * 60)
  return { time, ...Object.fromEntries(names.map((name) => [name, time.map(() => 20 + random())])) }
}

type Make = (rows: number, begin: number) => Table
const DATA: Record<string, Make> = {
  quiet: (rows, begin) => sensorTable(rows, begin, { noise: 0 }),
  noisy: (rows, begin) => sensorTable(rows, begin, { noise: 20 }),
  'of 17 digits': doubles,
}
const dataOf = (kind: string): Make => DATA[kind] ?? doubles

interface Encoding {
  encode(cells: readonly Cell[]): AttributeValue
  decode(encoded: AttributeValue): unknown
}
const bytesOf = ({ B = new Uint8Array() }: AttributeValue) => B
const asJson = (cells: readonly Cell[]) => Buffer.from(JSON.stringify(cells))
const ENCODINGS: Record<string, Encoding> = {
  'plain lists': {
    encode: (cells) => ({ L: cells.map((cell) => ({ N: String(cell) })) }),
    decode: ({ L = [] }) => L.map(({ N }) => Number(N)),
  },
  'JSON, deflate': {
    encode: (cells) => ({ B: deflateRawSync(asJson(cells)) }),
    decode: (encoded) => JSON.parse(inflateRawSync(bytesOf(encoded)).toString()),
  },
  'JSON, zstd': {
    encode: (cells) => ({ B: zstdCompressSync(asJson(cells)) }),
    decode: (encoded) => JSON.parse(zstdDecompressSync(bytesOf(encoded)).toString()),
  },
  'doubles, deflate': {
    encode: (cells) => ({ B: deflateRawSync(Buffer.from(Float64Array.from(cells.map(Number)).buffer)) }),
    decode: (encoded) => [...new Float64Array(Uint8Array.from(inflateRawSync(bytesOf(encoded))).buffer)],
  },
  'differences, deflate (chosen)': {
    encode: (cells) => ({ B: packColumn(cells) }),
    decode: (encoded) => unpackColumn(bytesOf(encoded)),
  },
}

const figures: Figure[] = []
const dollars = (unitsPerRow: number): number => Number((unitsPerRow * 1e6 * DOLLARS_PER_UNIT).toPrecision(3))

function timed(rows: number, work: () => void): number[] {
  return Array.from({ length: 9 }, () => {
    const before = performance.now()
    work()
    return ((performance.now() - before) * 1000) / rows
  }).slice(2)
}

for (const kind of ['noisy', 'of 17 digits']) {
  const make = dataOf(kind)
  for (const [name, { encode, decode }] of Object.entries(ENCODINGS)) {
    for (const rows of [100, 1_000]) {
      const columns = Object.entries(make(rows, BEGIN)).map(([column, cells]) => [`c:${column}`, encode(cells)])
      const units = Math.ceil(itemBytes({ ...BESIDE, ...Object.fromEntries(columns) }) / 1024)
      const what = `${kind}, ${name}, ${rows.toLocaleString('en')} rows an upload: a million rows`
      figures.push({ what, value: dollars(units / rows), unit: '$' })
    }
    const cells = Object.values(make(1_440, BEGIN))
    const encoded = cells.map(encode)
    const bytes = itemBytes(Object.fromEntries(encoded.map((each, index) => [`c:${index}`, each])))
    figures.push({ what: `${kind}, ${name}, 1,440 rows: a row`, value: bytes / 1_440, unit: 'bytes' })
    if (kind !== 'noisy') continue
    figures.push(
      medianOf(
        `${name}: encoding a row`,
        'µs',
        timed(1_440, () => void cells.map(encode)),
      ),
      medianOf(
        `${name}: decoding a row`,
        'µs',
        timed(1_440, () => void encoded.map(decode)),
      ),
    )
  }
}

const bench = await startBench({ UPLOAD_REQUIRES_AUTH: 'true' })
const meters = await meter(bench.endpoint)
process.env['AWS_ENDPOINT_URL_DYNAMODB'] = meters.endpoint
const load = (name: string) => bench.load(name)
const [upload, download] = await Promise.all([load('upload'), load('download')])
const { clientId, authorization } = await registerWithToken(bench, await load('register'), await load('token'))

/** Stores a table in a series of its own, `each` rows an upload; gives the units of all but the first upload. */
async function store(source: string, make: (rows: number, begin: number) => Table, each: number, uploads: number) {
  let writes = 0
  for (let index = 0; index < uploads; index += 1) {
    const table = make(each, BEGIN + index * each * 60)
    const time = (table['time'] ?? []).map((_, row) => BEGIN + (index * each + row) * 60)
    const body = JSON.stringify({ ...table, time, box: time.map(() => source) })
    meters.take()
    await answerOf(upload, {
      method: 'POST',
      path: '/upload',
      headers: { authorization, 'content-type': 'application/json' },
      body,
    })
    // The first writes its catalog too, which a series does once.
    if (index > 0) writes += meters.take().writes
  }
  return writes / (uploads - 1)
}

const AIMS: Record<number, number> = { 100: 0.0125, 1000: 0.005 }
for (const [kind, make] of Object.entries(DATA)) {
  for (const rows of [1, 10, 100, 1_000, 10_000]) {
    const units = await store(`${kind} ${rows}`, make, rows, 4)
    const aim = kind === 'of 17 digits' ? undefined : AIMS[rows]
    figures.push({
      what: `${kind}, stored, ${rows.toLocaleString('en')} rows an upload: a million rows`,
      value: dollars(units / rows),
      unit: '$',
      ...(aim !== undefined && { atMost: aim }),
    })
  }
}

for (const each of [100, 1_440]) {
  const source = `reading ${each}`
  await store(source, dataOf('noisy'), each, Math.ceil(43_200 / each))
  for (const rows of [60, 1_440, 43_200]) {
    const middle = BEGIN + Math.floor((43_200 - rows) / 2) * 60
    let query: string | null =
      `format=csv&number=10000&source=${encodeURIComponent(source)}&client_id=${clientId}&from=${middle}&to=${middle + (rows - 1) * 60}`
    const headers = { authorization: `Bearer ${bench.secrets.ADMIN_TOKEN}` }
    meters.take()
    let [reads, lines] = [0, 0]
    while (query !== null) {
      const answer = await download(
        { ...eventOf({ method: 'GET', path: '/download', query, headers }) },
        { getRemainingTimeInMillis: () => 29_000 },
      )
      lines += (answer.body ?? '').trim().split('\n').length - 1
      query = /\?([^>]+)>/.exec(String(answer.headers?.['link'] ?? ''))?.[1] ?? null
    }
    reads = meters.take().reads
    if (lines !== rows) throw new Error(`${lines} rows were read instead of ${rows}`)
    figures.push({
      what: `noisy, stored at ${each.toLocaleString('en')} rows: reading ${rows.toLocaleString('en')}`,
      value: reads,
      unit: 'read units',
    })
  }
}

report('blocks', figures)
meters.stop()
await bench.stop()
process.exit(0)
