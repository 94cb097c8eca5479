import { describe, expect, it } from 'vitest'
import { newHexId } from '../../../lib/core/identifiers.ts'
import { exportRecord, hasEnded, objectKey, objectsOf } from '../../../lib/exports/export.ts'

const record = exportRecord.parse({
  id: 'export#abc',
  client_id: 'client',
  format: 'csv',
  query: {},
  columns: [],
  time_columns: [],
  request: 'digest',
  state: 'processing',
  created_at: 1_000,
})
const file = (run: number) => ({ rows: 1, size: 1, run })

describe('the objects of an export', () => {
  it('do not exist before its first run', () => {
    expect(objectsOf(record)).toEqual([])
  })

  it('contain those of runs that ended before they saved their file', () => {
    // Run 1 saved file 1. Runs 2 and 3 crashed in file 2. Run 4 saved files 2 and 3, and run 5 crashed in file 4.
    const keys = objectsOf({ ...record, runs: 5, written: [file(1), file(4), file(4)] })
    expect(keys).toEqual(
      ['1-1', '2-1', '2-2', '2-3', '2-4', '3-4', '4-4', '4-5'].map((name) => `exports/abc/${name}.csv`),
    )
  })

  it('of Parquet are those with the rows, and the files', () => {
    const keys = objectsOf({ ...record, format: 'parquet', runs: 2, written: [file(1)], converted: [file(2)] })
    expect(keys).toEqual([
      ...['1-1', '2-1', '2-2'].map((name) => `exports/abc/${name}.rows`),
      ...['1-1', '1-2', '2-2'].map((name) => `exports/abc/${name}.parquet`),
    ])
  })
})

describe('an export', () => {
  it('ends a day after its creation', () => {
    expect(hasEnded(record, 86_400_999)).toBe(false)
    expect(hasEnded(record, 86_401_000)).toBe(true)
  })

  it('has the id that an Idempotency-Key of its owner determines, or a random one', () => {
    const owner = { clientId: 'client' }
    const id = newHexId('export', owner, 'key')
    expect(id).toMatch(/^[0-9a-f]{32}$/)
    expect(newHexId('export', owner, 'key')).toBe(id)
    expect(newHexId('export', { ...owner, participant: 'P' }, 'key')).not.toBe(id)
    expect(newHexId('export', owner, null)).not.toBe(newHexId('export', owner, null))
    expect(objectKey({ id: 'export#x', number: 2, run: 3 }, 'csv')).toBe('exports/x/2-3.csv')
  })
})
