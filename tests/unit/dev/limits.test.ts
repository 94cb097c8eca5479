import { describe, expect, it } from 'vitest'
import { limitsIn } from '../../../dev/generate/limits.ts'

describe('the limits in a source file', () => {
  it.each([
    ['/** @limit Uploads | rows of an upload */\nconst ROWS = 100_000', '100,000', 'rows of an upload'],
    [
      '  /**\n   * Why.\n   * @limit Uploads | rows, which\n   * are many\n   */\n  rows: 7,',
      '7',
      'rows, which are many',
    ],
    ['/** @limit Uploads | remembered */\nexport const LIFE_MS = 7 * 86_400_000', '7 days', 'remembered'],
    ['/** @limit Uploads | paused */\nconst PAUSE_MS = 90_000', '90 seconds', 'paused'],
    ['/** @limit Uploads | paused */\nconst PAUSE_MS = 3_600_000', '1 hour', 'paused'],
    ["/** @limit Uploads | tries */\nconst TRIES: Limit = { kind: 'ed25519', limit: 20 }", '20', 'tries'],
  ])('are parsed from tagged comments: %j', (source, value, meaning) => {
    expect(limitsIn('lib/a.ts', `const OTHER = 1\n${source}\nconst LAST = 2\n`)).toEqual([
      { section: 'Uploads', value, meaning },
    ])
  })

  it.each([
    ['/** @limit Uploads | rows */\nconst ROWS = MORE', 'no number below'],
    ['/** @limit Others | rows */\nconst ROWS = 1', 'must name one of Requests, Uploads'],
    ['/** @limit Uploads: rows */\nconst ROWS = 1', 'at the end of a comment'],
    ['/** @limit Uploads | rows */\n\nconst ROWS = 1', 'no number below'],
  ])('are rejected with the file name if they are malformed: %j', (source, sentence) => {
    expect(() => limitsIn('lib/a.ts', source)).toThrow(/^lib\/a\.ts: /)
    expect(() => limitsIn('lib/a.ts', source)).toThrow(sentence)
  })
})
