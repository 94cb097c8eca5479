import { describe, expect, it } from 'vitest'
import { acceptedFormat } from '../../../lib/measurements/response-format.ts'

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8'

describe('the format that Accept prefers', () => {
  // The header is ignored in basecamp/bc-api#138; it decides instead of a parameter in doccano/doccano#806.
  it.each([
    [undefined, 'html'],
    ['', 'html'],
    ['*/*', 'html'],
    ['text/*', 'html'],
    ['image/png', 'html'],
    [BROWSER, 'html'],
    ['text/csv', 'csv'],
    ['TEXT/CSV', 'csv'],
    ['text/csv; charset=utf-8', 'csv'],
    ['text/csv;header="present";q=0.5, text/html;q=0.4', 'csv'],
    ['application/json', 'json'],
    // axios and jQuery
    ['application/json, text/plain, */*', 'json'],
    ['application/json, text/javascript, */*; q=0.01', 'json'],
    ['application/x-ndjson', 'ndjson'],
    ['application/jsonl', 'ndjson'],
    ['application/json;q=0.1, application/x-ndjson', 'ndjson'],
    ['text/html;q=0, */*', 'csv'],
  ])('of %j is %s', (accept, format) => {
    expect(acceptedFormat(accept)).toBe(format)
  })
})
