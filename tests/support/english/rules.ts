import { type Passage, wordsOf } from './prose.ts'
import words from './words.json' with { type: 'json' }

/** A word that house English avoids, and the plain ones to use instead. `pattern` matches without regard to case. */
interface WordRule {
  word: string
  plain: string
  pattern?: string
}

/** The word list of docs/contributing/style.md. */
export const WORDS: readonly WordRule[] = words

/** Words of a sentence, of a `//` comment and of a docstring. */
export const LIMITS = { sentence: 25, comment: 50, docstring: 90 } as const

export interface Violation {
  line: number
  message: string
}

const segmenter = new Intl.Segmenter('en-GB', { granularity: 'sentence' })
const patterns = WORDS.map(({ word, plain, pattern = `\\b${word}\\b` }) => ({
  pattern: new RegExp(pattern, 'giu'),
  plain,
}))

/** Sentences with the index of each in the text. A heading or a table cell is often not a complete one. */
export const sentencesOf = (text: string): { index: number; words: number; isComplete: boolean }[] =>
  [...segmenter.segment(text.replaceAll('\n', ' '))]
    .map(({ segment, index }) => ({ index, words: wordsOf(segment).length, isComplete: /[.!?:]\W*$/.test(segment) }))
    .filter(({ words }) => words > 0)

/** Everything in a passage that house English does not allow. */
export function violationsIn({ kind, line, text, commentWords }: Passage): Violation[] {
  const lineOf = (index: number) => line + text.slice(0, index).split('\n').length - 1
  const flat = text.replaceAll('\n', ' ')
  const words = patterns.flatMap(({ pattern, plain }) =>
    [...flat.matchAll(pattern)].map(({ 0: found, index }) => ({
      line: lineOf(index),
      message: `"${found}": use ${plain}`,
    })),
  )
  const sentences = sentencesOf(text)
    .filter((sentence) => sentence.words > LIMITS.sentence)
    .map((sentence) => ({
      line: lineOf(sentence.index),
      message: `sentence of ${sentence.words} words: at most ${LIMITS.sentence}`,
    }))
  const limit = kind === 'comment' ? LIMITS.comment : LIMITS.docstring
  const isLong = commentWords > limit
  return [
    ...words,
    ...sentences,
    ...(isLong ? [{ line, message: `comment of ${commentWords} words: at most ${limit}` }] : []),
  ]
}
