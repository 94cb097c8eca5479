import { expect, it } from 'vitest'
import { sessionIdNotes } from '../../../dev/walk-through.ts'

it('npm start says which HLSERVER_SESSION_ID current SDKs need, until it is set', () => {
  const note = expect.stringMatching(/Current SDKs read a string: set HLSERVER_SESSION_ID=string/)
  expect([sessionIdNotes({}), sessionIdNotes({ HLSERVER_SESSION_ID: '' })]).toEqual([[note], [note]])
  expect(sessionIdNotes({ HLSERVER_SESSION_ID: 'list' })).toEqual([])
})
