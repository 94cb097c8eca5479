import * as z from 'zod'

const figure = z.object({
  what: z.string(),
  /** A median, a count or a ratio. */
  value: z.number(),
  unit: z.string(),
  /** Minimum and maximum of the measurements. */
  spread: z.tuple([z.number(), z.number()]).optional(),
  atMost: z.number().optional(),
  atLeast: z.number().optional(),
})
const section = z.object({ part: z.string(), figures: z.array(figure) })

/** One line of the table: a measurement and its target. */
export type Figure = z.output<typeof figure>
export type Section = z.output<typeof section>

export const readSection = (message: unknown): Section => section.parse(message)

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/** The median of several measurements, with their minimum and maximum. */
export const medianOf = (what: string, unit: string, values: readonly number[], target: Target = {}): Figure => ({
  what,
  unit,
  value: median(values),
  spread: [Math.min(...values), Math.max(...values)],
  ...target,
})

export type Target = Pick<Figure, 'atMost' | 'atLeast'>

/** Sends a part's figures to `npm run bench`, or prints them if the part runs alone. */
export function report(part: string, figures: readonly Figure[]): void {
  if (process.send) process.send({ part, figures })
  else console.log(formatTable([{ part, figures: [...figures] }]).join('\n'))
}

/** As `report`. The process fails if a figure misses its target, so call it for figures that no slow machine changes. */
export function reportOrFail(part: string, figures: readonly Figure[]): void {
  report(part, figures)
  if (!figures.every(isMet)) process.exitCode = 1
}

const isMet = ({ value, atMost, atLeast }: Figure): boolean =>
  (atMost === undefined || value <= atMost) && (atLeast === undefined || value >= atLeast)

/** The lines of a Markdown table. */
export function formatTable(sections: readonly Section[]): string[] {
  const rows = sections.flatMap(({ part, figures }) => figures.map((figure) => [part, ...toCells(figure)]))
  return ['| part | what | median | least to most | aim | |', '|---|---|--:|--:|--:|---|'].concat(
    rows.map((cells) => `| ${cells.join(' | ')} |`),
  )
}

function toCells(figure: Figure): string[] {
  const { what, value, unit, spread, atMost, atLeast } = figure
  const target = atMost !== undefined ? `<= ${round(atMost)}` : atLeast !== undefined ? `>= ${round(atLeast)}` : ''
  const range = spread ? spread.map(round).join(' to ') : ''
  return [what, `${round(value)} ${unit}`.trim(), range, target, isMet(figure) ? '' : 'missed']
}

/** Three digits, more than a shared machine reproduces. */
const round = (value: number): string =>
  value === 0 || Math.abs(value) >= 0.001
    ? Number(value.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 4 })
    : value.toExponential(1)
