import * as z from 'zod'

const figure = z.object({
  what: z.string(),
  /** A median, a count or a ratio. */
  value: z.number(),
  unit: z.string(),
  /** Least and most of what the median is of. */
  spread: z.tuple([z.number(), z.number()]).optional(),
  atMost: z.number().optional(),
  atLeast: z.number().optional(),
})
const section = z.object({ part: z.string(), figures: z.array(figure) })

/** One line of the table: what was measured, and what it should be at most or at least. */
export type Figure = z.output<typeof figure>
export type Section = z.output<typeof section>

export const readSection = (message: unknown): Section => section.parse(message)

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/** The median of several measurements, with the least and the most of them. */
export const medianOf = (what: string, unit: string, values: readonly number[], aim: Aim = {}): Figure => ({
  what,
  unit,
  value: median(values),
  spread: [Math.min(...values), Math.max(...values)],
  ...aim,
})

export type Aim = Pick<Figure, 'atMost' | 'atLeast'>

/** Gives a part's figures to `npm run bench`; a part that was started by itself prints them. */
export function report(part: string, figures: readonly Figure[]): void {
  if (process.send) process.send({ part, figures })
  else console.log(asTable([{ part, figures: [...figures] }]).join('\n'))
}

/** The lines of a Markdown table. */
export function asTable(sections: readonly Section[]): string[] {
  const rows = sections.flatMap(({ part, figures }) => figures.map((each) => [part, ...cellsOf(each)]))
  return ['| part | what | median | least to most | aim | |', '|---|---|--:|--:|--:|---|'].concat(
    rows.map((cells) => `| ${cells.join(' | ')} |`),
  )
}

function cellsOf({ what, value, unit, spread, atMost, atLeast }: Figure): string[] {
  const aim = atMost !== undefined ? `<= ${short(atMost)}` : atLeast !== undefined ? `>= ${short(atLeast)}` : ''
  const met = value <= (atMost ?? Number.POSITIVE_INFINITY) && value >= (atLeast ?? Number.NEGATIVE_INFINITY)
  const range = spread ? spread.map(short).join(' to ') : ''
  return [what, `${short(value)} ${unit}`.trim(), range, aim, aim === '' || met ? '' : 'missed']
}

/** Three digits, which is more than a shared machine repeats. */
const short = (value: number): string =>
  value === 0 || Math.abs(value) >= 0.001
    ? Number(value.toPrecision(3)).toLocaleString('en', { maximumFractionDigits: 4 })
    : value.toExponential(1)
