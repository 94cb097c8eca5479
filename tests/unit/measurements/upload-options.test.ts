import { describe, expect, it } from 'vitest'
import { uploadOptions } from '../../../lib/measurements/upload-options.ts'

describe('the option delimiter', () => {
  it.each([
    ['comma', ','],
    ['pipe', '|'],
    [';', ';'],
    ['\t', '\t'],
  ])('%j is %j', (delimiter, character) => {
    expect(uploadOptions.parse({ delimiter })).toEqual({ delimiter: character })
  })

  it.each(['constructor', 'toString', '__proto__', ''])('cannot be %j', (delimiter) => {
    expect(uploadOptions.safeParse({ delimiter }).success).toBe(false)
  })
})
