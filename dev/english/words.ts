/** A word that house English avoids, and the plain ones to use instead. `pattern` matches without regard to case. */
export interface WordRule {
  word: string
  pattern: string
  plain: string
}

const rule = (word: string, plain: string, pattern = `\\b${word}\\b`): WordRule => ({ word, pattern, plain })

const stems = [
  'colors?',
  'behaviors?',
  'favors?',
  'honors?',
  'centers?',
  'analyz\\w+',
  'catalyz\\w+',
  'labeled',
  'modeled',
]
const ise = [
  'authori',
  'recogni',
  'normali',
  'organi',
  'initiali',
  'seriali',
  'optimi',
  'summari',
  'synchroni',
  'minimi',
]
const AMERICAN = `\\b(?:${[...stems, ...ise.map((stem) => `${stem}z\\w+`)].join('|')})\\b`

/** The word list of docs/contributing/style.md. */
export const WORDS: readonly WordRule[] = [
  rule('told, tells, tell', 'report, return, show, inform', '\\b(?:told|tells?|telling)\\b'),
  rule('heard, hears, hear', 'receive, be notified', '\\b(?:heard|hears?|hearing)\\b'),
  rule('nobody', 'no caller, no user, or the passive'),
  rule('somebody, anybody, everybody', 'the caller, a user, an operator', '\\b(?:some|any|every)body\\b'),
  rule('whoever, whom', 'name the person: the caller, the owner', '\\bwho(?:m|ever|mever)\\b'),
  rule(
    'is no, is none',
    'is not a; returns 404',
    '(?<!\\bthere )\\b(?:is|are|was) (?:no(?! longer\\b| more than\\b)|none)\\b',
  ),
  rule('so many, so much, so long, so often', 'name the number or duration', '\\bso (?:many|much|long as\\b|often)\\b'),
  rule('begin, begins, began, begun', 'start, create', '\\b(?:begins?|began|begun)\\b'),
  rule('taken', 'accepted, used, read'),
  rule('takes for, take for', 'treat as', '\\btakes? \\w+ for\\b'),
  rule('counts', 'is valid, applies; the number of'),
  rule('counts as, count as', 'is treated as', '\\bcount(?:ed)? as\\b'),
  rule('no more, any more', 'no longer', '\\b(?:no|any) more(?=[.,;:]|$)'),
  rule('stands, stand in', 'is, replaces', '\\bstands?(?: in| for)?\\b(?!-)'),
  rule('lies', 'is in, is stored in'),
  rule('mend', 'fix, correct', '\\bmend(?:s|ed|ing)?\\b'),
  rule('go on, goes on', 'continue', '\\b(?:go|goes|going|went) on\\b'),
  rule('come again', 'retry, repeat', '\\b(?:comes?|came) (?:again|back|once more)\\b'),
  rule('shut out', 'block, lock out', '\\bshuts? out\\b'),
  rule('hand out', 'issue, return', '\\bhand(?:s|ed|ing)? out\\b'),
  rule('pass over', 'skip, ignore', '\\bpass(?:es|ed)? over\\b'),
  rule('look after', 'process, manage', '\\blook(?:s|ed|ing)? after\\b'),
  rule('be over', 'expire, end', '\\b(?:is|are|be|was) over\\b'),
  rule('give up, gave up, given up', 'park, stop retrying', '\\bg[ai]ven? up\\b'),
  rule('refusal', 'error, rejection', '\\brefusals?\\b'),
  rule('is answered', 'returns, responds with', '\\b(?:is|are) answered\\b'),
  rule('rubbish', 'invalid data'),
  rule('in vain', 'without success, failed'),
  rule('once more', 'again'),
  rule('for good', 'permanently'),
  rule('leftovers', 'remains', '\\bleft-?overs?\\b'),
  rule('wishes', 'requests', '\\bwish(?:es|ed)?\\b'),
  rule('beside', 'next to, besides, compared with'),
  rule('for want of', 'because there is no'),
  rule('American spelling', 'colour, behaviour, analyse, centre, organisation, authorise', AMERICAN),
]
