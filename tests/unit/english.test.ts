import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { documentProse, hashProse, sourceProse } from '../support/english/prose.ts'
import { violationsIn, WORDS } from '../support/english/rules.ts'
import { readTexts } from '../support/english/texts.ts'

/** `docs/contributing/style.md` has the rules. */
it('all code and documents are in house English', () => {
  const violations = readTexts().flatMap(({ file, ...passage }) =>
    violationsIn(passage).map(({ line, message }) => `${file}:${line} ${message}`),
  )
  expect(violations).toEqual([])
})

const inDocument = (source: string) => documentProse(source).flatMap(violationsIn)
const inSource = (source: string) => sourceProse(source).flatMap(violationsIn)
const long = (words: number) => `Word${' word'.repeat(words - 1)}.`

describe('violations in a document', () => {
  it.each([
    ['The client is told so.', '"told": use report, return, show, inform'],
    ['This is no token.', '"is no": use is not a; returns 404'],
    ['The lease is over.', '"is over": use expire, end'],
    ['It has a color.', '"color": use colour, behaviour, analyse, centre, organisation, authorise'],
  ])('reports the word of “%s” with a plain one', (source, message) => {
    expect(inDocument(source)).toEqual([{ line: 1, message }])
  })

  it.each([
    'The token is no longer valid.',
    'There is no limit.',
    'The standard is met.',
    'Untold riches.',
    'Row `counts` is `told`.',
  ])('accepts “%s”', (source) => {
    expect(inDocument(source)).toEqual([])
  })

  it('reports the line of a word in a paragraph, a list and a table', () => {
    const source =
      '# Title\n\nFirst line\nnobody\n\n- item\n  taken\n\n| a | b |\n|---|---|\n| c | d |\n| e | begin |\n'
    expect(inDocument(source).map(({ line }) => line)).toEqual([4, 7, 12])
  })

  it('ignores code blocks, inline code, HTML and link targets', () => {
    expect(inDocument('```\nnobody\n```\n\n<!-- nobody -->\n\nSee `nobody` and [a page](nobody.md).')).toEqual([])
  })

  it('accepts sentences of up to 25 words and reports longer ones', () => {
    expect(inDocument(`Short one. ${long(25)}`)).toEqual([])
    expect(inDocument(`Short one.\n${long(26)}`)).toEqual([{ line: 2, message: 'sentence of 26 words: at most 25' }])
  })
})

describe('violations in source code', () => {
  it('reports comments, docstrings and test titles, but not strings and code', () => {
    const source = [
      '/**',
      ' * Returns nothing.',
      ' * Nobody reads it.',
      ' */',
      "const taken = 'nobody' // begin",
      'const pattern = /nobody/',
      "describe('taken', () => {",
      "  it.each([['nobody']])('counts %s', () => {})",
      "  it.skipIf(tool('nobody'))(`heard`, () => {})",
      '})',
    ].join('\n')
    const found = inSource(source).map(({ line, message }) => [line, message.split(':')[0]])
    expect(found).toEqual([
      [3, '"Nobody"'],
      [5, '"begin"'],
      [7, '"taken"'],
      [8, '"counts"'],
      [9, '"heard"'],
    ])
  })

  it('joins comments on consecutive lines into one sentence', () => {
    const [first, second] = [long(13).slice(0, -1), long(13).toLowerCase()]
    expect(inSource(`// ${first}\n// ${second}\n`)).toEqual([{ line: 1, message: 'sentence of 26 words: at most 25' }])
    expect(inSource(`// ${first}\n\n// ${second}\n`)).toEqual([])
  })

  it('limits the length of comments, and docstrings to a larger length', () => {
    const text = `${long(20)} ${long(20)} ${long(20)}`
    expect(inSource(`// ${text}\n`)).toEqual([{ line: 1, message: 'comment of 60 words: at most 50' }])
    expect(inSource(`/** ${text} */\n`)).toEqual([])
    expect(inSource(`/** ${text} ${long(20)} ${long(20)} */\n`)).toEqual([
      { line: 1, message: 'comment of 100 words: at most 90' },
    ])
  })

  it('ignores directives', () => {
    expect(inSource('// biome-ignore lint/style/x: nobody\n/// <reference path="nobody" />')).toEqual([])
  })
})

it('reads # comments, but not settings that are commented out', () => {
  const passages = hashProse('#!/bin/sh\na: 1 # nobody\nb: "#2"\n# OSEM_UPLOAD=taken\n')
  expect(passages.flatMap(violationsIn).map(({ line }) => line)).toEqual([2])
})

it('has every word of the style guide', () => {
  const guide = readFileSync('docs/contributing/style.md', 'utf8')
  const rows = [...guide.matchAll(/^\| `(.+)` \| (.+) \|$/gm)].map(([, word, plain]) => [word, plain])
  expect(rows).toEqual(WORDS.map(({ word, plain }) => [word, plain]))
})
