import { globSync, readFileSync } from 'node:fs'

/** A fenced block of a document, with the comment on the line above it: `<!-- run -->` is the mark `run`. */
export interface CodeBlock {
  /** Line of the opening fence, from 1. */
  line: number
  language: string
  mark: string
  code: string
}

/** Every document of the repository, by its path. */
export const documentFiles = (): string[] => globSync(['*.md', '{docs,examples,.github}/**/*.md']).toSorted()

const FENCED = /^(?:<!-- (?<mark>.+) -->\n(?:\n)?)?^(?<fence>```+)(?<language>[^\n]*)\n(?<code>[\s\S]*?)^\k<fence>$/gm

export function codeBlocks(text: string): CodeBlock[] {
  return [...text.matchAll(FENCED)].map(({ index, groups }) => {
    const { mark = '', language = '', code = '' } = groups ?? {}
    const line = text.slice(0, index).split('\n').length + (mark === '' ? 0 : 1)
    return { line, language, mark, code }
  })
}

export const readDocument = (file: string): string => readFileSync(file, 'utf8')

/** The text without code, which contains no links or headings. */
export const withoutCode = (text: string): string => text.replace(FENCED, '').replace(/<!--[\s\S]*?-->/g, '')

/** Anchors that GitHub creates for the headings of a document, and explicit ones. */
export function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>()
  const prose = withoutCode(text)
  for (const [, heading = ''] of prose.matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
      .replaceAll(' ', '-')
    let anchor = slug
    for (let copy = 1; anchors.has(anchor); copy += 1) anchor = `${slug}-${copy}`
    anchors.add(anchor)
  }
  for (const [, name = ''] of prose.matchAll(/<a (?:id|name)="([^"]+)">/g)) anchors.add(name)
  return anchors
}

/** Targets of links and pictures: `[text](target)`, `[text]: target`, `src="target"`. */
export function linksOf(text: string): string[] {
  const prose = withoutCode(text).replace(/(`+)[^`][\s\S]*?\1/g, (code) => code.replace(/[()[\]]/g, ''))
  return [
    ...[...prose.matchAll(/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g)].map(([, target = '']) => target),
    ...[...prose.matchAll(/^\[[^\]]+\]: +(\S+)/gm)].map(([, target = '']) => target),
    ...[...prose.matchAll(/\bsrc="([^"]+)"/g)].map(([, target = '']) => target),
  ]
}
