import * as z from 'zod'

const figure = z.object({
  what: z.string(),
  /** A median, a count or a ratio. */
  value: z.number(),
  unit: z.string(),
  /** Minimum and maximum of the measurements. */
  spread: z.tuple([z.number(), z.number()]).optional(),
  /** What else belongs to this measurement, in the column of the spread. */
  detail: z.string().optional(),
  atMost: z.number().optional(),
  atLeast: z.number().optional(),
})
const section = z.object({ part: z.string(), figures: z.array(figure) })

/** One line of the table: a measurement and its aim. `what` differs from all others of its part, but not between runs. */
export type Figure = z.output<typeof figure>
export type Section = z.output<typeof section>

export const readSection = (message: unknown): Section => section.parse(message)

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/** The median of several measurements, with their minimum and maximum. */
export const medianOf = (what: string, unit: string, values: readonly number[], aim: Aim = {}): Figure => ({
  what,
  unit,
  value: median(values),
  spread: [Math.min(...values), Math.max(...values)],
  ...aim,
})

export type Aim = Pick<Figure, 'atMost' | 'atLeast'>

/** Sends a part's figures to `npm run bench`, or prints them if the part runs alone. */
export function report(part: string, figures: readonly Figure[]): void {
  const names = figures.map(({ what }) => what)
  const repeated = names.find((name, at) => names.indexOf(name) !== at)
  if (repeated !== undefined) throw new Error(`${part} has two figures “${repeated}”.`)
  if (process.send) process.send({ part, figures })
  else console.log(formatTables([[{ part, figures: [...figures] }]]))
}

/** As `report`. The process fails if a figure misses its aim, so call it for figures that no slow machine changes. */
export function reportOrFail(part: string, figures: readonly Figure[]): void {
  report(part, figures)
  if (!figures.every(isMet)) process.exitCode = 1
}

const isMet = ({ value, atMost, atLeast }: Figure): boolean =>
  (atMost === undefined || value <= atMost) && (atLeast === undefined || value >= atLeast)

const hasAim = ({ atMost, atLeast }: Figure): boolean => atMost !== undefined || atLeast !== undefined

/** Two Markdown tables of one or several whole runs, side by side: figures with an aim, and all others. */
export function formatTables(runs: readonly (readonly Section[])[]): string {
  const aims = tableOf(runs, ['part', 'what', 'aim'], ['median', 'least to most', ''], hasAim)
  const others = tableOf(runs, ['part', 'what'], ['median', 'least to most'], (each) => !hasAim(each))
  return [
    ...(aims.length > 0 ? ['## Aims', ...aims] : []),
    ...(others.length > 0 ? ['## Other figures', ...others] : []),
  ].join('\n\n')
}

/** A table of the figures that `keeps` accepts, with `columns` for each run; none if there are none. */
function tableOf(
  runs: readonly (readonly Section[])[],
  heads: readonly string[],
  columns: readonly string[],
  keeps: (figure: Figure) => boolean,
): string[] {
  const rows = new Map<string, string[]>()
  for (const [run, sections] of runs.entries())
    for (const { part, figures } of sections)
      for (const each of figures.filter(keeps)) {
        const head = [part, each.what, formatAim(each)].slice(0, heads.length)
        const cells = rows.get(head.join('|')) ?? [...head, ...runs.flatMap(() => columns.map(() => ''))]
        cells.splice(heads.length + run * columns.length, columns.length, ...cellsOf(each).slice(0, columns.length))
        rows.set(head.join('|'), cells)
      }
  if (rows.size === 0) return []
  const names = runs.flatMap((_, run) => columns.map((name) => (runs.length > 1 && name ? `${name} ${run + 1}` : name)))
  const lines = [
    [...heads, ...names],
    [...heads, ...names].map((name) => (/^(?:part|what|)$/.test(name) ? '---' : '--:')),
  ]
  return [[...lines, ...rows.values()].map((cells) => `| ${cells.join(' | ')} |`).join('\n')]
}

const formatAim = ({ atMost, atLeast }: Figure): string =>
  atMost !== undefined ? `<= ${round(atMost)}` : atLeast !== undefined ? `>= ${round(atLeast)}` : ''

function cellsOf(each: Figure): string[] {
  const { value, unit, spread, detail } = each
  const range = [spread?.map(round).join(' to '), detail].filter((text) => text !== undefined).join('; ')
  return [`${round(value)} ${unit}`.trim(), range, isMet(each) ? '' : 'missed']
}

/** Three digits, more than a shared machine reproduces. */
const round = (value: number): string =>
  value === 0 || Math.abs(value) >= 0.001
    ? Number(value.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 4 })
    : value.toExponential(1)
