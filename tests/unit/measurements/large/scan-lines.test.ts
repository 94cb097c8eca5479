import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countBytes, findEncoding } from '../../../../lib/measurements/large/encoding.ts'
import { lineOffset, scanLines } from '../../../../lib/measurements/large/scan-lines.ts'

const UTF8 = findEncoding('utf-8', new Uint8Array())
const scan = (text: string, options: { isEnd?: boolean; isCsv?: boolean; names?: number; maxRecords?: number } = {}) =>
  scanLines(Buffer.from(text), { encoding: UTF8, isEnd: true, isCsv: true, maxRecords: 100, ...options })

describe('scanLines', () => {
  it.each([
    ['a\nb\r\nc\rd', [2, 5, 7], [1, 2, 3], [1, 2, 3]],
    ['"a\nb",1\nc\n', [8, 10], [2, 3], [1, 2]],
    ['"a""\n",1\n', [9], [2], [1]],
    ['# "\n\n1\n', [4, 5, 7], [1, 2, 3], [0, 0, 1]],
    ['\0# "\n1\n', [5, 7], [1, 2], [0, 1]],
    ['1,#"\n"\n', [7], [2], [1]],
  ])('finds where a CSV text can be cut: %j', (text, ends, lines, records) => {
    expect(scan(text)).toEqual({ ends, lines, records, isQuoted: false, isWhole: true })
  })

  it('ignores quotes above the names, which may start with the mark of a comment', () => {
    expect(scan('made by "x\n#,"a\nb"\n1\n', { names: 11 })).toMatchObject({
      ends: [19, 21],
      lines: [3, 4],
      records: [1, 2],
    })
  })

  it('leaves a carriage return at the end of a window, since a line feed may follow', () => {
    expect(scan('a\nb\r', { isEnd: false }).ends).toEqual([2])
    expect(scan('a\nb\r').ends).toEqual([2, 4])
  })

  it('cuts NDJSON at line feeds only, whatever quotes there are', () => {
    expect(scan('{"a\rb\n"}\n', { isCsv: false })).toMatchObject({ ends: [6, 9], lines: [2, 3], records: [1, 2] })
  })

  it('ends after a number of records', () => {
    expect(scan('a\n\nb\nc\nd', { maxRecords: 1 })).toMatchObject({
      ends: [2, 3, 5],
      records: [1, 1, 2],
      isWhole: false,
    })
    expect(scan('a\nb\n', { maxRecords: 1 })).toMatchObject({ ends: [2, 4], isWhole: true })
  })

  it('reports that a window ends inside quotes', () => {
    expect(scan('a\n"b\n')).toMatchObject({ ends: [2], isQuoted: true })
  })

  it.each(['utf-16le', 'utf-16be'])('finds the same lines in %s', (charset) => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', '\n', '\r', '#', 'Ċ', '⸢', 'č', '\0') })
    fc.assert(
      fc.property(text, (text) => {
        const bytes = Buffer.from(text, 'utf16le')
        const encoding = findEncoding(charset, new Uint8Array())
        const found = scanLines(charset === 'utf-16be' ? bytes.swap16() : bytes, {
          encoding,
          isEnd: true,
          isCsv: true,
          maxRecords: 100,
        })
        // A character of more than one byte has neither of these in UTF-8.
        const plain = scan(text.replace(/[^\n\r"#a\0]/g, 'x'))
        expect({ ...found, ends: found.ends.map((end) => end / 2) }).toEqual(plain)
      }),
    )
  })
})

describe('lineOffset', () => {
  it('divides lines as errors number them', () => {
    const text = 'a\nb\r\n\r"c\nd"'
    const numbered = text.split(/\r\n|\n|\r/)
    for (const [index, line] of numbered.entries()) {
      const offset = lineOffset(Buffer.from(text), UTF8, index + 1)
      expect(text.slice(offset, offset + line.length)).toBe(line)
    }
    expect(lineOffset(Buffer.from(text), UTF8, 9)).toBe(0)
  })
})

describe('findEncoding', () => {
  it.each([
    ['utf-8', [0xef, 0xbb, 0xbf], { charset: 'utf-8', unit: 1, low: 0, mark: 3 }],
    ['"UTF-8"', [], { charset: '"UTF-8"', unit: 1, low: 0, mark: 0 }],
    ['utf-16', [0xfe, 0xff], { charset: 'utf-16be', unit: 2, low: 1, mark: 2 }],
    ['utf-16', [0xff, 0xfe], { charset: 'utf-16le', unit: 2, low: 0, mark: 2 }],
    ['utf-16', [], { charset: 'utf-16le', unit: 2, low: 0, mark: 0 }],
    ['utf-16be', [], { charset: 'utf-16be', unit: 2, low: 1, mark: 0 }],
    ['latin1', [], { charset: 'latin1', unit: 1, low: 0, mark: 0 }],
  ])('of %s', (charset, first, encoding) => {
    expect(findEncoding(charset, Uint8Array.from(first))).toEqual(encoding)
  })

  it.each([
    ['utf-8', 'é', 2],
    ['utf-16le', 'é', 2],
    ['windows-1252', 'é', 1],
  ])('has the bytes of a text in %s', (charset, text, bytes) => {
    expect(countBytes(text, findEncoding(charset, new Uint8Array()))).toBe(bytes)
  })
})
