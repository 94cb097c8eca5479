import { describe, expect, it } from 'vitest'
import { withClientOptions } from '../../../lib/measurements/client-options.ts'
import { codeAndIssues } from '../../support/problems.ts'

const CSV = 'text/csv; charset=utf-8'

describe('the options of an upload', () => {
  it('are those of its query, and otherwise those of its client', () => {
    const client = { tz: 'Europe/Berlin', strict: 'true', skip: '2' }
    expect(withClientOptions({ tz: 'UTC', strict: undefined }, client, CSV)).toEqual({
      ...{ tz: 'UTC', strict: true, skip: 2 },
    })
  })

  it.each([
    ['application/json', ['strict']],
    [undefined, ['strict']],
    ['text/tab-separated-values', ['strict', 'header', 'columns']],
    [CSV, ['strict', 'delimiter', 'header', 'columns']],
  ])('have those of CSV only where they fit %s', (contentType, names) => {
    const client = { strict: 'false', delimiter: 'comma', header: 'absent', columns: 'a,b' }
    expect(Object.keys(withClientOptions({}, client, contentType)).sort()).toEqual(names.sort())
  })

  it('have no columns of the client if the query says that the body has names', () => {
    const client = { header: 'absent', columns: 'a,b' }
    expect(withClientOptions({ header: 'present' }, client, CSV)).toEqual({ header: 'present' })
    expect(withClientOptions({ columns: ['c'] }, client, CSV)).toEqual({ header: 'absent', columns: ['c'] })
  })

  it('are rejected if this version does not accept those of the client', () => {
    expect(codeAndIssues(() => withClientOptions({}, { zone: 'UTC' }, CSV)).code).toBe('parameter_invalid')
    expect(codeAndIssues(() => withClientOptions({}, { tz: 'Mars' }, CSV))).toEqual({
      code: 'parameter_invalid',
      issues: [{ field: 'upload.tz', detail: 'must be an IANA time zone, such as Europe/Berlin' }],
    })
  })
})
