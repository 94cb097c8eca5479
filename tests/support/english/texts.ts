import { globSync, readFileSync } from 'node:fs'
import { documentProse, hashProse, type Passage, sourceProse, wordsOf } from './prose.ts'
import { sentencesOf, violationsIn } from './rules.ts'

const READERS: readonly [globs: readonly string[], read: (source: string) => Passage[]][] = [
  [['*.md', '{docs,examples,.github}/**/*.md'], documentProse],
  [['*.ts', '{bench,cli,dev,functions,lib,tests,web}/**/*.{ts,mjs}', 'examples/**/*.{ino,kt,swift}'], sourceProse],
  [
    [
      'serverless.yml',
      'tables.yml',
      '.github/**/*.yml',
      '.env.example',
      '.ci/run',
      '{dev,examples}/**/*.py',
      'examples/**/*.yaml',
      'Dockerfile',
    ],
    hashProse,
  ],
]

/** Words that the report measures, per 1,000 words. */
const MEASURED: Readonly<Record<string, RegExp>> = {
  told: /\b(?:told|tells)\b/giu,
  nobody: /\b(?:no|some|any)body\b/giu,
  whoever: /\bwho(?:ever|m)\b/giu,
  taken: /\b(?:is|are|be) taken\b|\btakes\b/giu,
  begin: /\b(?:begins?|began|begun)\b/giu,
  counts: /\bcounts\b/giu,
}

interface Text extends Passage {
  file: string
}

/** The prose of the repository. */
export const readTexts = (): Text[] =>
  READERS.flatMap(([globs, read]) =>
    globSync(globs)
      .filter((file) => !file.includes('node_modules/'))
      .toSorted()
      .flatMap((file) => read(readFileSync(file, 'utf8')).map((passage) => ({ ...passage, file }))),
  )

/** Figures of one folder and kind as columns of a table. */
function figures(texts: readonly Text[]): Record<string, number> {
  const words = texts.reduce((sum, { text }) => sum + wordsOf(text).length, 0)
  const sentences = texts.flatMap(({ text }) => sentencesOf(text)).filter(({ isComplete }) => isComplete)
  const sentenceWords = sentences.reduce((sum, sentence) => sum + sentence.words, 0)
  const per1000 = (pattern: RegExp) =>
    Number(((1000 * texts.reduce((sum, { text }) => sum + [...text.matchAll(pattern)].length, 0)) / words).toFixed(2))
  return {
    words,
    ...Object.fromEntries(Object.entries(MEASURED).map(([name, pattern]) => [name, per1000(pattern)])),
    'words/sentence': Number((sentenceWords / sentences.length).toFixed(1)),
    violations: texts.reduce((sum, passage) => sum + violationsIn(passage).length, 0),
  }
}

function printReport(texts: readonly Text[]): void {
  const folderOf = ({ file, kind }: Text) => `${/^(?:docs\/)?[^/]+(?=\/)/.exec(file)?.[0] ?? '.'} ${kind}`
  const groups = [...Map.groupBy(texts, folderOf)].toSorted(([one], [other]) => one.localeCompare(other))
  // biome-ignore lint/suspicious/noConsole: the report of a script
  console.table(Object.fromEntries([...groups.map(([name, own]) => [name, figures(own)]), ['all', figures(texts)]]))
}

/** `node tests/support/english/texts.ts` prints figures of each folder. */
if (import.meta.main) printReport(readTexts())
