import { encode } from '@msgpack/msgpack'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toBlocks } from '../../../lib/measurements/blocks.ts'
import { parseBody } from '../../../lib/measurements/parse-body.ts'
import { toTable } from '../../../lib/measurements/table.ts'
import { Warnings } from '../../../lib/measurements/warnings.ts'
import { codeAndIssues } from '../../support/problems.ts'
import { runs } from '../../support/property.ts'
import { CSV_BODY, FORM_BODY, JSON_BODY, MSGPACK_BODY } from '../../support/vectors.ts'

type Value = number | string | boolean | null
type Columns = Record<string, Value[]>

const CONTEXT = {
  timeColumns: ['time', 'time_utc', 'timestamp'],
  participant: undefined,
  receivedAt: Date.UTC(2020, 4, 3, 12),
  uploadId: 'key 1',
}

/** The table, the blocks and the warnings of a body. */
function stored([type, body]: readonly [string, string | Uint8Array]) {
  const warnings = new Warnings()
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const parsed = toTable(parseBody(type, bytes, warnings), /.*/, warnings)
  const table = { ...parsed, columns: new Map(parsed.columns) }
  const blocks = toBlocks(parsed, CONTEXT, warnings).sort((a, b) => (a.source + a.key < b.source + b.key ? -1 : 1))
  return { table, blocks, warnings: warnings.sentences() }
}

const lengthOf = (columns: Columns) => Math.max(...Object.values(columns).map((values) => values.length))

/** Rows as a device would send them: a column that has ended is absent. */
const rowsOf = (columns: Columns) =>
  Array.from({ length: lengthOf(columns) }, (_, row) =>
    Object.fromEntries(
      Object.entries(columns).flatMap(([name, values]) => (row < values.length ? [[name, values[row]]] : [])),
    ),
  )

/** A row of texts alone can be the column names of a second table, which CSV rejects. */
const hasNameRow = (columns: Columns) =>
  rowsOf(columns).some((row) => {
    const values = Object.values(row).filter((value) => value !== null && String(value).trim() !== '')
    return values.length > 1 && values.every((value) => /^\s*[\p{L}_]/u.test(String(value)))
  })

/** A line of a single empty cell would be an empty line, which CSV readers skip. Therefore, everything is quoted. */
const quoted = (value: Value | undefined) => `"${String(value ?? '').replaceAll('"', '""')}"`
const csvOf = (columns: Columns, lineEnd: string) =>
  [
    Object.keys(columns).map(quoted),
    ...rowsOf(columns).map((_, row) => Object.values(columns).map((values) => quoted(values[row]))),
  ]
    .map((cells) => cells.join(',') + lineEnd)
    .join('')

/** All values of a column, then all of the next: a form has no rows. */
const formOf = (columns: Columns) =>
  Object.entries(columns)
    .flatMap(([name, values]) =>
      values.map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value ?? '')}`),
    )
    .join('&')

const typedBodies = (columns: Columns): [string, string | Uint8Array][] => [
  ['application/json', JSON.stringify(columns)],
  ['application/json', JSON.stringify(rowsOf(columns))],
  [
    'application/x-ndjson',
    rowsOf(columns)
      .map((row) => `${JSON.stringify(row)}\n`)
      .join(''),
  ],
  ['application/msgpack', encode(columns)],
  ['application/msgpack', encode(rowsOf(columns))],
]

const textBodies = (columns: Columns): [string, string | Uint8Array][] => [
  ['text/csv', csvOf(columns, '\n')],
  ['text/csv; header=present', csvOf(columns, '\r\n')],
  ['application/x-www-form-urlencoded', formOf(columns)],
]

/** Names that are stored unchanged, including those with a meaning for blocks. */
const name = fc.oneof(
  fc.constantFrom('time', 'time_utc', 'box', 'constructor', 'tostring', 'größe'),
  fc.stringMatching(/^[a-z][a-z0-9_.:+ -]{0,8}[a-z0-9]$/),
)
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.maxSafeInteger(),
  fc.integer({ min: 1_588_507_200, max: 1_588_507_210 }),
)

/**
 * CSV and forms contain only text: they cannot distinguish an empty text from null, the text "5" from the number 5, or
 * true from "true". Therefore, these texts are not empty and contain no number and no NaN, and there are no booleans.
 * Nor are there NUL characters, which are removed from CSV.
 */
const text = fc.oneof(
  fc.constantFrom('a', 'b', ' ', '0x10', '1_000', '2020-05-03T12:00:00Z', '\ufeff', '"', ',', '\r\n', 'naught', 'e5'),
  fc
    .string({ unit: 'binary', minLength: 1, maxLength: 12 })
    .filter((value) => Number.isNaN(Number(value)) && !/nan|inf|\0/i.test(value)),
)

/**
 * A column without values is absent from a form and from its rows, so each column here has a value. Every format pads
 * columns that end early in the same way.
 */
const columnsOf = (cell: fc.Arbitrary<Value>): fc.Arbitrary<Columns> =>
  fc
    .uniqueArray(name, { minLength: 1, maxLength: 6 })
    .chain((names) =>
      fc.tuple(...names.map((each) => fc.tuple(fc.constant(each), fc.array(cell, { minLength: 1, maxLength: 8 })))),
    )
    .map((entries) => Object.fromEntries(entries))

describe('the same data in every format', () => {
  it('yields the same table and blocks for the examples of co2logserver', () => {
    const bodies: [string, string | Uint8Array][] = [
      ['application/json', JSON_BODY],
      ['text/csv', CSV_BODY],
      ['application/x-www-form-urlencoded', FORM_BODY],
      ['application/msgpack', MSGPACK_BODY],
    ]
    const results = bodies.map(stored)
    expect(results).toEqual(new Array(4).fill(results[0]))
    expect(results[0]?.table).toEqual({
      rows: 2,
      columns: new Map([
        ['time_utc', [43, 23]],
        ['co2', [1223, 2351]],
      ]),
    })
  })

  it('yields the same table and blocks for numbers, texts and null', () => {
    fc.assert(
      fc.property(columnsOf(fc.oneof(number, text, fc.constant(null))), (columns) => {
        fc.pre(!hasNameRow(columns))
        const results = [...typedBodies(columns), ...textBodies(columns)].map(stored)
        expect(results).toEqual(new Array(results.length).fill(results[0]))
      }),
      { numRuns: runs(300) },
    )
  })

  it('yields the same table and blocks for every value in typed formats', () => {
    const cell = fc.oneof(number, fc.string({ unit: 'binary' }), fc.boolean(), fc.constant(null))
    fc.assert(
      fc.property(columnsOf(cell), (columns) => {
        const results = typedBodies(columns).map(stored)
        expect(results).toEqual(new Array(results.length).fill(results[0]))
      }),
      { numRuns: runs(300) },
    )
  })

  it('is stored unchanged', () => {
    const cell = fc.oneof(
      number.filter((value) => !Object.is(value, -0)),
      text,
      fc.constant(null),
    )
    fc.assert(
      fc.property(columnsOf(cell), (columns) => {
        fc.pre(!hasNameRow(columns))
        const rows = lengthOf(columns)
        const padded = Object.entries(columns).map(([each, values]): [string, Value[]] => [
          each,
          Array.from({ length: rows }, (_, row) => {
            const value = values[row] ?? null
            return each === 'box' && typeof value === 'number' ? String(value) : value
          }),
        ])
        for (const body of [...typedBodies(columns), ...textBodies(columns)]) {
          expect(stored(body).table).toEqual({ rows, columns: new Map(padded) })
        }
      }),
      { numRuns: runs(300) },
    )
  })

  it.each([
    ['application/json', '{"__proto__":[1]}'],
    ['application/json', '{"__proto__":1}'],
    ['application/json', '[{"__proto__":1}]'],
    ['application/x-ndjson', '{"__proto__":1}\n'],
    ['text/csv', '__proto__\n1\n'],
    ['application/x-www-form-urlencoded', '__proto__=1'],
    ['application/msgpack', encode({ __PROTO__: 1 })],
  ])('is rejected if a column is called "__proto__": %s %s', (type, body) => {
    expect(codeAndIssues(() => stored([type, body]))).toEqual({
      code: 'body_invalid',
      issues: [{ field: 'column 1', detail: 'this name is reserved' }],
    })
  })

  it('yields the same number for a reading that is a tie between two texts', () => {
    const columns = { time: [4503599627370497 / 4] }
    const results = [...typedBodies(columns), ...textBodies(columns)].map(stored)
    expect(results).toEqual(new Array(results.length).fill(results[0]))
  })
})
