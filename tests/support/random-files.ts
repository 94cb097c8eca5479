import fc, { type GeneratorValue } from 'fast-check'

/** A file of measurements, with the options that its dialect needs. */
export interface RandomFile {
  type: string
  options: Record<string, string>
  body: Uint8Array
  /** Whether offsets in the text are those of its UTF-8. */
  isUtf8: boolean
  /** The line of a fault that an upload reports without a place. */
  faultLine?: number
}

const whole = (gen: GeneratorValue, min: number, max: number): number => gen(fc.integer, { min, max })
function pick<T>(gen: GeneratorValue, ...values: [T, ...T[]]): T {
  return values[whole(gen, 0, values.length - 1)] ?? values[0]
}
const chance = (gen: GeneratorValue, percent: number): boolean => whole(gen, 1, 100) <= percent

/** Cells of a column by row. `share` is the place of the row in the file, from 0 to 1. */
type Column = (gen: GeneratorValue, share: number) => string

const number: Column = (gen) => String(whole(gen, -50, 50) / 10)
const COLUMNS: Record<string, Column> = {
  number,
  gaps: (gen, share) => (chance(gen, 30) ? '' : number(gen, share)),
  missing: (gen, share) => (chance(gen, 10) ? pick(gen, 'NA', 'null', '-') : number(gen, share)),
  'missing first': (gen, share) => (share < 0.5 ? 'NA' : number(gen, share)),
  'missing, text late': (gen, share) => (share > 0.9 ? 'broken' : chance(gen, 20) ? 'NA' : number(gen, share)),
  'text late': (gen, share) => (share > 0.95 ? 'x1y' : number(gen, share)),
  'numbers late': (gen, share) => (share > 0.8 ? number(gen, share) : 'off'),
  text: (gen) => pick(gen, 'on', 'off', 'é', '°C 5', '#5', ' x', 'a  b', '日'),
  'not finite': (gen, share) => (chance(gen, 5) ? 'NaN' : number(gen, share)),
  exact: (gen) => pick(gen, '12345678901234567890', '0.1', '1e400'),
  spelling: (gen, share) => (chance(gen, 5) ? '007' : number(gen, share)),
  groups: (gen, share) => (chance(gen, 5) ? "1'234.5" : number(gen, share)),
  empty: () => '',
  late: (gen, share) => (share > 0.7 ? number(gen, share) : ''),
}

const DAY = 86_400
const two = (value: number): string => String(value).padStart(2, '0')
const dateParts = (seconds: number) => {
  const date = new Date(seconds * 1_000)
  return [date.getUTCFullYear(), two(date.getUTCMonth() + 1), two(date.getUTCDate())] as const
}
const clock = (seconds: number): string => new Date(seconds * 1_000).toISOString().slice(11, 19)

/** Names of columns of times, and their cells. */
type Times = { names: string[]; cells: (seconds: number) => string[]; step?: number }
const TIMES: [Times, ...Times[]] = [
  { names: ['time'], cells: (seconds) => [String(seconds)] },
  { names: ['Timestamp'], cells: (seconds) => [`${new Date(seconds * 1_000).toISOString()}`] },
  { names: ['ts'], cells: (seconds) => [String(seconds)] },
  { names: ['datetime'], cells: (seconds) => [`${dateParts(seconds).join('/')} ${clock(seconds)}`] },
  { names: ['date', 'time'], cells: (seconds) => [dateParts(seconds).join('-'), clock(seconds)] },
  { names: ['time'], cells: (seconds) => [[...dateParts(seconds)].reverse().join('.')], step: DAY / 3 },
  { names: [], cells: () => [] },
]

/** Reading times in ascending order, some equal; some rows are equal, too. */
function times(gen: GeneratorValue, rows: number, step: number): number[] {
  let now = 1_704_067_200 + whole(gen, 0, 30) * DAY
  return Array.from({ length: rows }, () => {
    if (!chance(gen, 40)) now += Math.ceil(step * whole(gen, 1, 3))
    return now
  })
}

const encode = (text: string, charset: string): Uint8Array => {
  if (charset === 'windows-1252') return Buffer.from(text, 'latin1')
  const bytes = Buffer.from(text, charset.startsWith('utf-16') ? 'utf16le' : 'utf8')
  return charset === 'utf-16be' ? bytes.swap16() : bytes
}

/** A CSV file in any dialect. `fault` may replace a row. */
export const randomCsv = (fault?: (gen: GeneratorValue, columns: number, delimiter: string) => string) =>
  fc.gen().map((gen): RandomFile => {
    const options: Record<string, string> = {}
    const charset = pick(gen, 'utf-8', 'utf-8', 'bom', 'windows-1252', 'utf-16le', 'utf-16be', 'utf-16')
    const delimiter = pick(gen, ',', ',', ',', ';', '\t', '|')
    const lineEnd = pick(gen, '\n', '\n', '\r\n', '\r')
    if (delimiter === '|') options['delimiter'] = 'pipe'
    const kind = pick(gen, ...TIMES)
    const wanted = gen(fc.subarray<string>, Object.keys(COLUMNS), { minLength: 1, maxLength: 4 })
    const columns = wanted.map((name) => COLUMNS[name] ?? number)
    const boxes = chance(gen, 30)
    // A first column without a name has faults of its own.
    const index = fault ? 'none' : pick(gen, 'none', 'none', 'numbers', 'times')
    const isQuoting = chance(gen, 30)
    const isSpaced = !isQuoting && delimiter !== '\t' && chance(gen, 15)
    const names = [
      ...(index === 'none' ? [] : ['']),
      ...kind.names,
      ...wanted.map((name, at) => `${name.replace(',', '')} ${at}`),
      ...(boxes ? ['box'] : []),
      ...(chance(gen, 10) ? ['dropped'] : []),
    ]
    const rows = whole(gen, 60, 160)
    const quote = (cell: string) => (isQuoting || cell.includes(delimiter) ? `"${cell.replaceAll('"', '""')}"` : cell)
    const lines = times(gen, rows, kind.step ?? 60).map((seconds, row) => {
      const share = row / rows
      const cells = [
        ...(index === 'none' ? [] : [index === 'numbers' ? String(row) : new Date(seconds * 1_000).toISOString()]),
        ...kind.cells(seconds),
        ...columns.map((column) => column(gen, share)),
        ...(boxes ? [pick(gen, 'a', 'b', '')] : []),
      ]
      while (cells.length < names.length) cells.push('1')
      if (isQuoting && chance(gen, 10)) cells[cells.length - 1] = `two${lineEnd}lines ""#`
      // An upload does not accept such a blank at the start of a line alone.
      return cells
        .map((cell, at) => (isSpaced && at > 0 && chance(gen, 3) ? ` "${cell}"` : quote(cell)))
        .join(delimiter)
    })
    const faultAt = fault && whole(gen, 0, rows - 1)
    if (fault && faultAt !== undefined) lines[faultAt] = fault(gen, names.length, delimiter)
    const noise = () =>
      pick(gen, '', delimiter.repeat(names.length - 1), '# a "comment', names.map(quote).join(delimiter))
    const data = lines.flatMap((line, row) => (row > 5 && chance(gen, 3) ? [line, noise()] : [line]))
    // A line that is sent twice.
    const repeated = data.flatMap((line) => (chance(gen, 5) ? [line, line] : [line]))
    const isNamed = index !== 'none' || chance(gen, 90)
    if (!isNamed) Object.assign(options, { header: 'absent', columns: names.join(',') })
    const skipped = pick<string[]>(gen, [], [], ['# one', '# "two'], ['', ''])
    const preamble = isNamed ? skipped : []
    const head = [...preamble, ...(isNamed ? [names.map(quote).join(delimiter)] : [])]
    const text = [...head, ...repeated].join(lineEnd) + (chance(gen, 80) ? lineEnd : '')
    const sent = charset === 'windows-1252' ? text.replaceAll('日', 'ß') : text
    const marked = charset === 'bom' || charset === 'utf-16' ? `\ufeff${sent}` : sent
    return {
      type: charset === 'utf-8' || charset === 'bom' ? 'text/csv' : `text/csv; charset=${charset}`,
      options,
      body: encode(marked, charset),
      isUtf8: charset === 'utf-8',
    }
  })

/** A row that no upload may have. */
export function randomFault(gen: GeneratorValue, columns: number, delimiter: string): string {
  const cells = Array.from({ length: columns }, () => '1')
  return pick(
    gen,
    [...cells, '1', '2'].join(delimiter),
    [...cells.slice(1), 'a"b'].join(delimiter),
    [...cells.slice(1), '"a"b'].join(delimiter),
    [...cells.slice(1), '"a'].join(delimiter),
    [...cells.slice(1), 'x'.repeat(4_097)].join(delimiter),
  )
}

/** Values of NDJSON, as JSON. */
const VALUES: Record<string, Column> = {
  number: COLUMNS['number'] ?? number,
  text: (gen) => JSON.stringify(pick(gen, 'on', 'é', '"', '\n', '日')),
  mixed: (gen, share) => (share > 0.9 ? pick(gen, '"x"', 'true', 'null') : number(gen, share)),
  missing: (gen, share) => (chance(gen, 10) ? pick(gen, '"NA"', 'null', 'NaN') : number(gen, share)),
  exact: () => '12345678901234567890',
  null: () => 'null',
}

/** A file of NDJSON, whose rows have columns of their own. Some have a fault. */
export const randomNdjson = () =>
  fc.gen().map((gen): RandomFile => {
    const rows = whole(gen, 20, 160)
    const kind = pick(gen, ...TIMES)
    const wanted = gen(fc.subarray<string>, Object.keys(VALUES), { minLength: 1 })
    const lateTime = chance(gen, 20)
    const faultAt = chance(gen, 40) ? whole(gen, 0, rows - 1) : -1
    const fault = pick(
      gen,
      '{"a":1',
      '{"number":[1]}',
      '{"a":1,"a":2}',
      '[1]',
      '{"Number":1}',
      '{"a":"\ud800"}',
      '{"__proto__":1}',
    )
    const lines = times(gen, rows, kind.step ?? 60).map((seconds, row) => {
      if (row === faultAt) return fault
      const share = row / rows
      const cells = [
        ...(lateTime && share < 0.5
          ? []
          : kind.names.map((name, at) => [name, JSON.stringify(kind.cells(seconds)[at])])),
        ...wanted.flatMap((name) => (chance(gen, 80) ? [[name, (VALUES[name] ?? number)(gen, share)]] : [])),
        ...(chance(gen, 20) ? [['box', pick(gen, '"a"', '"b"')]] : []),
      ]
      return `{${cells.map(([name, value]) => `"${name}": ${value}`).join(', ')}}`
    })
    const lineEnd = pick(gen, '\n', '\r\n')
    const sent = lines.flatMap((line) => (chance(gen, 5) ? [line, line, ''] : [line]))
    const faultLine = faultAt < 0 || fault.includes('Number') ? {} : { faultLine: sent.indexOf(fault) + 1 }
    return {
      type: 'application/x-ndjson',
      options: {},
      body: Buffer.from(sent.join(lineEnd)),
      isUtf8: true,
      ...faultLine,
    }
  })
