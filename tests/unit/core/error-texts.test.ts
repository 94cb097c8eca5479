import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { apiDescription } from '../../../lib/openapi/document.ts'
import { violationsIn } from '../../support/english/rules.ts'

const errorBody = z.object({ detail: z.string().optional(), error_description: z.string().optional() })
const examples = z.record(z.string(), z.object({ value: z.unknown() }))
const description = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        responses: z.record(
          z.string(),
          z.object({ content: z.record(z.string(), z.object({ examples: examples.optional() })).optional() }),
        ),
      }),
    ),
  ),
})

/** Every error text in the examples of the API description. */
function errorTexts(): string[] {
  const { paths } = description.parse(apiDescription())
  const bodies = Object.values(paths)
    .flatMap((methods) => Object.values(methods))
    .flatMap(({ responses }) => Object.values(responses))
    .flatMap(({ content = {} }) => Object.values(content))
    .flatMap((media) => Object.values(media.examples ?? {}))
    .map(({ value }) => errorBody.safeParse(value).data)
  const texts = bodies.flatMap((body) => [body?.detail, body?.error_description])
  return [...new Set(texts.filter((text) => text !== undefined))].toSorted()
}

const TEXTS = errorTexts()

/** A field that a verb follows, a name in snake case or of a header or path, or a noun after an article. */
const SUBJECT = [
  /^(?!It|This|That)[\w-]+ (?:must|is|are|does|can)\b/,
  /\b[A-Za-z]+_[A-Za-z_]+\b/,
  /\b[A-Z][a-z]+-[A-Z]/,
  /\s\/[a-z]+/,
  /\b(?:the|an?|no|this) \w{2,}/i,
  /^(?:Incode|Help Lightning|Sethealth|Too many|file number)\b/,
]

const countSentences = (text: string) => [...new Intl.Segmenter('en', { granularity: 'sentence' }).segment(text)].length

/** Names of headers and grants have the spelling of their standards. */
const withoutNames = (text: string) => text.replace(/\bAuthorization\b|\bauthorization_code\b/g, '')

describe('the error texts of all endpoints', () => {
  it('are found in the API description', () => {
    expect(TEXTS.length).toBeGreaterThan(60)
  })

  it('have one or two sentences and a full stop', () => {
    expect(TEXTS.filter((text) => countSentences(text) > 2 || !text.endsWith('.'))).toEqual([])
  })

  it('avoid the words of the style guide', () => {
    const violations = TEXTS.flatMap((text) =>
      violationsIn({ kind: 'docstring', line: 1, text: withoutNames(text), commentWords: 0 })
        .filter(({ message }) => !message.startsWith('sentence of'))
        .map(({ message }) => `${text} ${message}`),
    )
    expect(violations).toEqual([])
  })

  it('name the thing that is wrong', () => {
    expect(TEXTS.filter((text) => !SUBJECT.some((pattern) => pattern.test(text)))).toEqual([])
  })

  it('do not point to the README', () => {
    expect(TEXTS.filter((text) => text.includes('README'))).toEqual([])
  })
})
