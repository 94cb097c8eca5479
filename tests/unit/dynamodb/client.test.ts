import { expect, it } from 'vitest'
import { isItemTooLarge, readString } from '../../../lib/dynamodb/client.ts'

const errorOf = (name: string, message: string) => Object.assign(new Error(message), { name })

it.each([
  ['an item over 400 KB', errorOf('ValidationException', 'Item size has exceeded the maximum allowed size'), true],
  ['an update over 400 KB', errorOf('ValidationException', 'Item size to update has exceeded the maximum'), true],
  ['another malformed request', errorOf('ValidationException', 'Invalid UpdateExpression'), false],
  ['a condition', errorOf('ConditionalCheckFailedException', 'Item size'), false],
  ['no error', 'Item size', false],
])('isItemTooLarge classifies %s', (_case, error, expected) => {
  expect(isItemTooLarge(error)).toBe(expected)
})

it('readString returns an empty string for an absent attribute or one of another type', () => {
  const item: Record<string, { S?: string; N?: string }> = { id: { S: 'event#1' }, rows: { N: '3' } }
  expect([readString(item, 'id'), readString(item, 'rows'), readString(item, 'absent')]).toEqual(['event#1', '', ''])
})
