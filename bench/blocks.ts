import { deflateRawSync, inflateRawSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { itemBytes } from '../lib/dynamodb/purge-items.ts'
import type { Cell } from '../lib/measurements/cells.ts'
import { packColumn, unpackColumn } from '../lib/measurements/column-codec.ts'
import { startMeter } from './capacity.ts'
import { seededRandom, sensorTable, type Table } from './data.ts'
import { callHandler, registerWithToken, startBench, toEvent } from './harness.ts'
import { type Figure, medianOf, report } from './report.ts'

/**
 * Part `blocks`: what a million rows cost to write and to read. The cost of each encoding that was tried is computed from
 * its items. The cost of the product is that of its capacity units.
 */
const DOLLARS_PER_UNIT = 0.625e-6
const START = 1_600_000_000
/** Attributes of a block other than its columns. */
const BLOCK_ATTRIBUTES = {
  series: { S: 'x'.repeat(40) },
  block: { S: 'x'.repeat(47) },
  layout: { N: '3' },
  rows: { N: '1440' },
}

/** Doubles as a sensor library computes them, with all their digits. */
function doubles(rows: number): Table {
  const random = seededRandom(rows)
  const names = ['a', 'b', 'c', 'd']
  const time = Array.from({ length: rows }, (_, row) => START + row * 60)
  return { time, ...Object.fromEntries(names.map((name) => [name, time.map(() => 20 + random())])) }
}

type TableFactory = (rows: number, start: number) => Table
const DATA: Record<string, TableFactory> = {
  quiet: (rows, start) => sensorTable(rows, start, { noise: 0 }),
  noisy: (rows, start) => sensorTable(rows, start, { noise: 20 }),
  'of 17 digits': doubles,
}
const findFactory = (kind: string): TableFactory => DATA[kind] ?? doubles

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

function measureTimes(rows: number, work: () => void): number[] {
  return Array.from({ length: 9 }, () => {
    const before = performance.now()
    work()
    return ((performance.now() - before) * 1000) / rows
  }).slice(2)
}

for (const kind of ['noisy', 'of 17 digits']) {
  const make = findFactory(kind)
  for (const [name, { encode, decode }] of Object.entries(ENCODINGS)) {
    for (const rows of [100, 1_000]) {
      const columns = Object.entries(make(rows, START)).map(([column, cells]) => [`c:${column}`, encode(cells)])
      const units = Math.ceil(itemBytes({ ...BLOCK_ATTRIBUTES, ...Object.fromEntries(columns) }) / 1024)
      const what = `${kind}, ${name}, ${rows.toLocaleString('en')} rows an upload: a million rows`
      figures.push({ what, value: dollars(units / rows), unit: '$' })
    }
    const cells = Object.values(make(1_440, START))
    const encoded = cells.map(encode)
    const bytes = itemBytes(Object.fromEntries(encoded.map((column, index) => [`c:${index}`, column])))
    figures.push({ what: `${kind}, ${name}, 1,440 rows: a row`, value: bytes / 1_440, unit: 'bytes' })
    if (kind !== 'noisy') continue
    figures.push(
      medianOf(
        `${name}: encoding a row`,
        'µs',
        measureTimes(1_440, () => void cells.map(encode)),
      ),
      medianOf(
        `${name}: decoding a row`,
        'µs',
        measureTimes(1_440, () => void encoded.map(decode)),
      ),
    )
  }
}

const bench = await startBench({ UPLOAD_REQUIRES_AUTH: 'true' })
const meters = await startMeter(bench.endpoint)
process.env['AWS_ENDPOINT_URL_DYNAMODB'] = meters.endpoint
const load = (name: string) => bench.load(name)
const [upload, download] = await Promise.all([load('upload'), load('download')])
const { clientId, authorization } = await registerWithToken(bench, await load('register'), await load('token'))

/** Stores a table in a new series, `uploadRows` rows per upload. Returns the mean write units without the first upload. */
async function store(
  source: string,
  make: (rows: number, start: number) => Table,
  uploadRows: number,
  uploads: number,
) {
  let writes = 0
  for (let index = 0; index < uploads; index += 1) {
    const table = make(uploadRows, START + index * uploadRows * 60)
    const time = (table['time'] ?? []).map((_, row) => START + (index * uploadRows + row) * 60)
    const body = JSON.stringify({ ...table, time, box: time.map(() => source) })
    meters.take()
    await callHandler(upload, {
      method: 'POST',
      path: '/upload',
      headers: { authorization, 'content-type': 'application/json' },
      body,
    })
    // The first upload of a series also writes its catalog.
    if (index > 0) writes += meters.take().writes
  }
  return writes / (uploads - 1)
}

const TARGETS: Record<number, number> = { 100: 0.0125, 1000: 0.005 }
for (const [kind, make] of Object.entries(DATA)) {
  for (const rows of [1, 10, 100, 1_000, 10_000]) {
    const units = await store(`${kind} ${rows}`, make, rows, 4)
    const target = kind === 'of 17 digits' ? undefined : TARGETS[rows]
    figures.push({
      what: `${kind}, stored, ${rows.toLocaleString('en')} rows an upload: a million rows`,
      value: dollars(units / rows),
      unit: '$',
      ...(target !== undefined && { atMost: target }),
    })
  }
}

for (const uploadRows of [100, 1_440]) {
  const source = `reading ${uploadRows}`
  await store(source, findFactory('noisy'), uploadRows, Math.ceil(43_200 / uploadRows))
  for (const rows of [60, 1_440, 43_200]) {
    const middle = START + Math.floor((43_200 - rows) / 2) * 60
    let query: string | null =
      `format=csv&number=10000&source=${encodeURIComponent(source)}&client_id=${clientId}&from=${middle}&to=${middle + (rows - 1) * 60}`
    const headers = { authorization: `Bearer ${bench.secrets.ADMIN_TOKEN}` }
    meters.take()
    let [reads, lines] = [0, 0]
    while (query !== null) {
      const response = await download(
        { ...toEvent({ method: 'GET', path: '/download', query, headers }) },
        { getRemainingTimeInMillis: () => 29_000 },
      )
      lines += (response.body ?? '').trim().split('\n').length - 1
      query = /\?([^>]+)>/.exec(String(response.headers?.['link'] ?? ''))?.[1] ?? null
    }
    reads = meters.take().reads
    if (lines !== rows) throw new Error(`${lines} rows were read instead of ${rows}`)
    figures.push({
      what: `noisy, stored at ${uploadRows.toLocaleString('en')} rows: reading ${rows.toLocaleString('en')}`,
      value: reads,
      unit: 'read units',
    })
  }
}

report('blocks', figures)
meters.stop()
await bench.stop()
process.exit(0)
