import { readFile, writeFile } from 'node:fs/promises'
import { simulateFleet } from './instances.ts'

/**
 * `node bench/loads.ts`: what fleets of 100 to a million devices need and cost. Units and price of an upload are those in
 * the measured tables of docs/operations/cost.md, and the instances are simulated. Writes the table of
 * docs/operations/scaling.md. Fails if 100,000 devices use more than 60 % of what a partition accepts.
 */
const costFile = await readFile(new URL('../docs/operations/cost.md', import.meta.url), 'utf8')

/** The figures of a row in a table of the document. */
function figuresOf(row: string): number[] {
  const line = costFile.split('\n').find((one) => one.startsWith(`| ${row} |`))
  if (line === undefined)
    throw new Error(`docs/operations/cost.md has no row “${row}”: run npm run bench:cost and bench/fleet.ts.`)
  return line
    .split('|')
    .slice(2, -1)
    .map((cell) => Number(cell.replaceAll(',', '')))
}

const MINUTES_A_MONTH = 60 * 24 * 30
/** Units per second of one partition, requests per second of one route by default, and of the account in most regions. */
const LIMITS = { reads: 3_000, route: 500, account: 10_000 }
/** Of an upload: its client's record, and its entry of the catalog where the instance does not know the series. */
const CLIENT_READS = 1
const CATALOG_READS = 0.5
const READ_DOLLARS = 0.125
const SAFE = { devices: 100_000, share: 0.6 }

const [, , , , oneRow = 0] = figuresOf('`/upload`, 1 rows')
const [, , , , hundredRows = 0] = figuresOf('`/upload`, 100 rows')
const [, readsUnknown = 0] = figuresOf('the function does not know the series')
const [, readsKnown = 0] = figuresOf('the function knows the series')
if (readsUnknown - readsKnown !== CATALOG_READS) throw new Error('An unknown series costs other reads than assumed.')

const percent = (share: number): string => (share < 0.01 ? 'below 1 %' : `${Math.round(share * 100)} %`)
const dollars = (millions: number, price: number): string => {
  const amount = millions * price
  return amount.toLocaleString('en', { maximumFractionDigits: amount < 10 ? 2 : 0 })
}

const lines = [
  '| devices | uploads per second | instances | read units | record of the client | catalog | needs | dollars a month | with 60 rows an hour |',
  '|--:|--:|--:|--:|--:|--:|---|--:|--:|',
  ...[100, 1_000, 10_000, 100_000, 1_000_000].map((devices) => {
    const perSecond = devices / 60
    const millions = (devices * MINUTES_A_MONTH) / 1_000_000
    const { instances, unknown } = simulateFleet(devices)
    const catalogReads = CATALOG_READS * unknown
    const shares = [CLIENT_READS, catalogReads].map((reads) => (perSecond * reads) / LIMITS.reads)
    if (devices <= SAFE.devices && shares.some((share) => share > SAFE.share))
      throw new Error(`${devices} devices use more than ${percent(SAFE.share)} of a partition.`)
    const needs =
      perSecond > LIMITS.account
        ? 'batches, several clients, a larger quota'
        : perSecond > LIMITS.route
          ? '`RATE`, `REVOCATION_SECONDS`'
          : 'nothing'
    const cells = [
      devices.toLocaleString('en'),
      perSecond.toLocaleString('en', { maximumFractionDigits: perSecond < 10 ? 1 : 0 }),
      instances.toLocaleString('en'),
      (readsKnown + catalogReads).toFixed(2),
      ...shares.map(percent),
      needs,
      dollars(millions, oneRow + catalogReads * READ_DOLLARS),
      dollars(millions / 60, hundredRows),
    ]
    return `| ${cells.join(' | ')} |`
  }),
]
console.log(lines.join('\n'))
const file = new URL('../docs/operations/scaling.md', import.meta.url)
const [head, , tail] = (await readFile(file, 'utf8')).split(/<!-- loads(?: end)? -->\n/)
await writeFile(file, `${head}<!-- loads -->\n${lines.join('\n')}\n<!-- loads end -->\n${tail}`)
