// @module-tag local-only
// These tests call modules of lib/, not the HTTP API.
import { expect, it } from 'vitest'
import { httpApi } from '../../../dev/http-api.ts'
import { closed, listening } from '../../support/server.ts'

it.each([
  ['plain text', 'a'.repeat(6_200_000), 200],
  ['plain text beyond 6 MB', 'a'.repeat(6_300_000), 500],
  ['text that JSON writes six times as long', '\u0001'.repeat(1_100_000), 500],
])('fails a function whose response exceeds the limit of Lambda: %s', async (_, body, status) => {
  const server = httpApi(() => ({
    routes: new Map([['GET /large', 'large']]),
    cors: { AllowOrigins: [], AllowMethods: [], AllowHeaders: [], ExposeHeaders: [], MaxAge: 0 },
    invoke: async () => ({ statusCode: 200, body }),
  }))
  const url = await listening(server)
  const answer = await fetch(`${url}/large`)
  expect(answer.status).toBe(status)
  expect((await answer.text()).length).toBe(status === 200 ? body.length : '{"message":"Internal Server Error"}'.length)
  await closed(server)
})
