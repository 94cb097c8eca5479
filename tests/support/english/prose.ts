import jsTokens, { type Token } from 'js-tokens'
import MarkdownIt from 'markdown-it'

export type ProseKind = 'document' | 'docstring' | 'comment' | 'title'

/** A paragraph, heading, list item, table cell, comment paragraph or test title. Code in it is replaced by `X`. */
export interface Passage {
  kind: ProseKind
  /** Line of its first character, from 1. Each line end in `text` is one in the file. */
  line: number
  text: string
  /** Words of the whole comment that the passage belongs to; 0 outside comments. */
  commentWords: number
}

const CODE = 'X'
const markdown = new MarkdownIt({ html: true })

/** The prose of a Markdown document. Code blocks, inline code and HTML are left out. */
export function documentProse(source: string, kind: ProseKind = 'document', firstLine = 1): Passage[] {
  let line = 0
  return markdown.parse(source, {}).flatMap(({ type, map, children }) => {
    line = map?.[0] ?? line
    if (type !== 'inline') return []
    const text = (children ?? []).map((child) => {
      if (child.type === 'softbreak' || child.type === 'hardbreak') return '\n'
      if (child.type === 'code_inline') return CODE
      return child.type === 'text' || child.type === 'image' ? child.content : ''
    })
    return [{ kind, line: firstLine + line, text: text.join(''), commentWords: 0 }]
  })
}

type PlacedToken = Token & { line: number }

/** The prose of a TypeScript or JavaScript file: comments, and titles of tests. */
export function sourceProse(source: string): Passage[] {
  const tokens: PlacedToken[] = []
  let line = 1
  for (const token of jsTokens(source)) {
    tokens.push({ ...token, line })
    line += token.value.split('\n').length - 1
  }
  return [...commentProse(tokens), ...testTitles(tokens.filter(({ type }) => !IGNORED.has(type)))]
}

const IGNORED: ReadonlySet<string> = new Set([
  'WhiteSpace',
  'LineTerminatorSequence',
  'SingleLineComment',
  'MultiLineComment',
])

function commentProse(tokens: readonly PlacedToken[]): Passage[] {
  const blocks = tokens.flatMap(({ type, value, line }) => (type === 'MultiLineComment' ? [{ value, line }] : []))
  const lines = tokens.flatMap(({ type, value, line }) => (type === 'SingleLineComment' ? [{ value, line }] : []))
  return [
    ...blocks.flatMap(({ value, line }) =>
      passages(value.replace(/^\/\*+|\*+\/$/g, '').replace(/^[ \t]*\* ?/gm, ''), 'docstring', line),
    ),
    ...joinLines(lines.map(({ value, line }) => ({ text: value.slice(2), line }))),
  ]
}

/** The prose of comments that start with `#`, as in YAML and shell scripts. Settings that are commented out are skipped. */
export const hashProse = (source: string): Passage[] =>
  joinLines(
    source.split('\n').flatMap((text, index) => {
      const comment = /(?:^|\s)#(?!!)\s(.*)$/.exec(text)?.[1]
      return comment === undefined || /^[A-Z_]+=/.test(comment) ? [] : [{ text: comment, line: index + 1 }]
    }),
  )

/** Joins comments on consecutive lines into one. */
function joinLines(lines: readonly { text: string; line: number }[]): Passage[] {
  const joined: { text: string; line: number; last: number }[] = []
  for (const { text, line } of lines) {
    const previous = joined.at(-1)
    if (previous?.last === line - 1) Object.assign(previous, { text: `${previous.text}\n${text}`, last: line })
    else joined.push({ text, line, last: line })
  }
  return joined.flatMap(({ text, line }) => passages(text, 'comment', line))
}

/** Instructions to tools are not prose. */
const DIRECTIVE = /^\s*(?:biome-ignore|@ts-|v8 ignore|\/)/

function passages(text: string, kind: ProseKind, line: number): Passage[] {
  if (DIRECTIVE.test(text)) return []
  const found = documentProse(text.replace(/^[ \t]+/gm, ''), kind, line)
  const commentWords = found.reduce((sum, passage) => sum + wordsOf(passage.text).length, 0)
  return found.map((passage) => ({ ...passage, commentWords }))
}

/** First arguments of `it`, `test` and `describe`, also behind `.each(…)` and its like. */
function testTitles(tokens: readonly PlacedToken[]): Passage[] {
  return tokens.flatMap(({ type, value }, index) => {
    const isTest = type === 'IdentifierName' && /^(?:it|test|describe)$/.test(value) && tokens[index - 1]?.value !== '.'
    const title = isTest ? titleAfter(tokens, index + 1) : undefined
    return title ? [title] : []
  })
}

function titleAfter(tokens: readonly PlacedToken[], start: number): Passage | undefined {
  let index = start
  while (tokens[index]?.value === '.') index += 2
  while (tokens[index]?.value === '(') {
    const first = tokens[index + 1]
    if (first?.type === 'StringLiteral' || first?.type === 'NoSubstitutionTemplate')
      return { kind: 'title', line: first.line, text: first.value.slice(1, -1), commentWords: 0 }
    index = closing(tokens, index) + 1
  }
  return undefined
}

function closing(tokens: readonly PlacedToken[], open: number): number {
  let depth = 0
  for (let index = open; index < tokens.length; index += 1) {
    const { value = '' } = tokens[index] ?? {}
    if (value === '(') depth += 1
    if (value === ')') depth -= 1
    if (depth === 0) return index
  }
  return tokens.length
}

export const wordsOf = (text: string): string[] => text.match(/[\p{L}\p{N}][\p{L}\p{N}'’-]*/gu) ?? []
