import { expect, it } from 'vitest'
import { addressOf } from '../../../dev/local-aws.ts'

it.each([
  ['127.0.0.1', 'http://127.0.0.1:3000'],
  ['localhost', 'http://127.0.0.1:3000'],
  ['0.0.0.0', 'http://127.0.0.1:3000'],
  ['::', 'http://[::1]:3000'],
  ['::1', 'http://[::1]:3000'],
  ['192.168.1.20', 'http://192.168.1.20:3000'],
])('functions reach a server on %s at %s', (host, expected) => {
  expect(addressOf(host, 3000)).toBe(expected)
})
