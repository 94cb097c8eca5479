import { expect, it, vi } from 'vitest'
import { type DemoOptions, runDemo } from '../../../dev/demo/run-demo.ts'

const options = (changes: Partial<DemoOptions>): DemoOptions => ({
  url: 'http://latchkey.invalid',
  adminToken: 'a'.repeat(43),
  realProviders: [],
  write: vi.fn(),
  openPage: vi.fn(),
  stop: '',
  ...changes,
})

it.each([
  ['an account at openSenseMap', { realProviders: ['openSenseMap'] }, /send its rows to your account at openSenseMap/],
  ['only a digest of the admin token', { adminToken: 'sha256:abc' }, /needs the admin token/],
])('the demo sends nothing with %s', async (_what, changes, message) => {
  const { write, openPage, ...others } = options(changes)
  await expect(runDemo({ ...others, write, openPage }, AbortSignal.abort())).rejects.toThrow(message)
  expect([vi.mocked(write).mock.calls, vi.mocked(openPage).mock.calls]).toEqual([[], []])
})
