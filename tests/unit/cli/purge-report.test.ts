import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createReport, notCovered } from '../../../cli/support/purge-report.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

describe('the totals of a purge', () => {
  it('have a part for each kind and series, in order', () => {
    const found = createReport()
    found.add({ kind: 'tokens', key: 't', bytes: 1 })
    found.add({ kind: 'measurements', source: 'b', key: 'm b', bytes: 10, rows: 2, first: 2000, last: 3000 })
    found.add({ kind: 'measurements', source: 'a', key: 'm a', bytes: 5, rows: 1, first: 9000, last: 9000 })
    found.add({ kind: 'measurements', source: 'b', key: 'm c', bytes: 20, rows: 3, first: 1000, last: 2500 })
    const time = (second: number) => new Date(second * 1000).toISOString()
    expect(found.parts()).toEqual([
      { kind: 'measurements', source: 'a', items: 1, rows: 1, bytes: 5, first: time(9), last: time(9) },
      { kind: 'measurements', source: 'b', items: 2, rows: 5, bytes: 30, first: time(1), last: time(3) },
      { kind: 'tokens', source: null, items: 1, rows: 0, bytes: 1, first: null, last: null },
    ])
    expect(found.digest()).toBe(sha256('m a\nm b\nm c\nt\n'))
    expect(createReport().digest()).toBe(sha256(''))
  })
})

describe('the data outside a purge', () => {
  const all = { participant: undefined, isActive: true, registration: false, deployed: true, now: Date.UTC(2026, 0, 1) }

  it('is listed with the day on which it expires', () => {
    const remaining = notCovered(all)
    expect(remaining).toContain('Backups of the tables: AWS keeps them for 35 days, until 2026-02-05.')
    expect(remaining.join()).toMatch(/Idempotency-Key.+until 2026-01-08 at the latest/)
    expect(remaining.join()).toMatch(/Help Lightning.+until 2026-04-01 at the latest/)
  })

  it.each([
    [{ isActive: false }, /clients disable/],
    [{ registration: true }, /--registration/],
    [{ participant: 'Ada' }, /--registration/],
    [{ deployed: false }, /Backups/],
  ])('is listed only if it exists: %j', (changes, words) => {
    expect(notCovered(all).join()).toMatch(words)
    expect(notCovered({ ...all, ...changes }).join()).not.toMatch(words)
  })
})
