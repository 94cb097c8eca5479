import { describe, expect, it } from 'vitest'
import { newFile, resolveFileOptions } from '../../../lib/files/new-file.ts'
import { thrownProblem } from '../../support/problems.ts'

const CSV = { purpose: 'measurements', type: 'text/csv', size: 10 }
const PHOTO = { purpose: 'submission', name: 'photo.jpg', type: 'image/jpeg', size: 10 }

const resolve = (body: object, ofClient?: Record<string, string>) =>
  resolveFileOptions(newFile.parse(body), ofClient, 1_000)

describe('options of a new file', () => {
  it('are texts, in which those of the client are the defaults', () => {
    const own = { skip: 2, strict: true, decimal: 'comma' }
    expect(resolve({ ...CSV, options: own }, { decimal: 'point', tz: 'Europe/Berlin' })).toEqual({
      skip: '2',
      strict: 'true',
      decimal: 'comma',
      tz: 'Europe/Berlin',
    })
    expect(resolve(CSV)).toEqual({})
  })

  it('of a client for CSV do not apply to NDJSON, and its columns not to a file with names', () => {
    const ofClient = { header: 'absent', columns: 'time,co2', tz: 'Europe/Berlin' }
    expect(resolve({ ...CSV, type: 'application/x-ndjson' }, ofClient)).toEqual({ tz: 'Europe/Berlin' })
    expect(resolve({ ...CSV, options: { header: 'present' } }, ofClient)).toEqual({
      header: 'present',
      tz: 'Europe/Berlin',
    })
  })

  it.each([
    ['of CSV for NDJSON', { ...CSV, type: 'application/x-ndjson', options: { skip: '1' } }, 'skip applies to CSV'],
    ['without columns', { ...CSV, type: 'text/csv; header=absent' }, 'columns must name the columns'],
    ['of a submission', { ...PHOTO, options: { tz: 'UTC' } }, 'options must be absent'],
  ])('%s are rejected', (_what, body, sentence) => {
    expect(thrownProblem(() => resolve(body)).message).toContain(sentence)
  })

  it('that are stored with a client, and that this version does not know, are rejected', () => {
    expect(thrownProblem(() => resolve(CSV, { tz: 'Mars/Olympus' })).message).toContain('upload.tz')
  })
})

describe('a new file', () => {
  it.each(['application/json', 'application/msgpack', 'application/x-www-form-urlencoded', 'image/png'])(
    'of measurements is not %s',
    (type) => {
      const { code, message } = thrownProblem(() => resolve({ ...CSV, type }))
      expect([code, message]).toEqual(['content_type_unsupported', expect.stringContaining('CSV or NDJSON')])
    },
  )

  it('of a submission needs a name', () => {
    expect(thrownProblem(() => resolve({ ...PHOTO, name: undefined })).message).toContain('name is missing')
  })

  it('is not larger than the limit, which the error names', () => {
    expect(thrownProblem(() => resolve({ ...CSV, size: 1_000_000_001 })).message).toContain('1000000000 bytes')
    expect(resolve({ ...CSV, size: 1_000_000_000 })).toEqual({})
  })

  it.each([
    ['size', 0],
    ['size', -1],
    ['size', 0.5],
    ['size', 1e300],
    ['size', 2 ** 53],
    ['size', '10'],
    ['size', Number.NaN],
    ['purpose', 'export'],
    ['type', 'nonsense'],
    ['type', 'text/csv\r\nx: y'],
    ['type', `text/${'x'.repeat(300)}`],
    ['name', '..'],
    ['name', ''],
    ['name', 'x'.repeat(256)],
    ['sha256', 'abc'],
    ['options', { unknown: 'x' }],
    ['options', { tz: 'Mars/Olympus' }],
    ['options', { client_id: 'x' }],
    ['options', { dry_run: true }],
    ['parts', 5],
  ])('with the %s %j is rejected', (field, value) => {
    expect(newFile.safeParse({ ...PHOTO, [field]: value }).success).toBe(false)
  })

  it('has a name without folders, and a digest in lower case', () => {
    expect(newFile.parse({ ...PHOTO, name: '../../a\\b.jpg', sha256: 'AB'.repeat(32) })).toMatchObject({
      name: 'b.jpg',
      sha256: 'ab'.repeat(32),
    })
  })
})
