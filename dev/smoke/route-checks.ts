import assert from 'node:assert/strict'
import * as z from 'zod'
import { type Check, expectJson, problem } from './check.ts'

const HEALTH: Check = {
  title: 'the API reaches the functions, and they reach the tables',
  expected: '`200` with `"status":"ok"`',
  async run({ url }) {
    await expectJson(await fetch(`${url}/health`), 200, z.object({ status: z.literal('ok') }))
  },
}

const UNKNOWN_PATH: Check = {
  title: 'unknown paths reach Latchkey',
  expected: '`404` with the code `not_found`',
  async run({ url }) {
    await expectJson(await fetch(`${url}/nothing`), 404, problem('not_found'))
  },
}

const SLASH: Check = {
  title: 'a trailing slash is accepted',
  expected: '`400` with the code `parameter_invalid`; `308` with `SLASH_ROUTES=false`',
  async run({ url }) {
    const response = await fetch(`${url}/token/`, { redirect: 'manual' })
    if (response.status !== 308) await expectJson(response, 400, problem('parameter_invalid'))
  },
}

const PAGES: Check = {
  title: 'pages are served',
  expected: '`200` with HTML at `/` and `/docs`',
  async run({ url }) {
    for (const path of ['/', '/docs']) {
      const { status, headers } = await fetch(url + path, { headers: { accept: 'text/html' } })
      const type = headers.get('content-type')
      assert.ok(status === 200 && type?.startsWith('text/html'), `status ${status} with ${type} at ${path}`)
    }
  },
}

const CHALLENGE: Check = {
  title: 'the challenge header arrives',
  expected: '`401` with `www-authenticate` or `x-amzn-remapped-www-authenticate`',
  async run({ url }) {
    const { status, headers } = await fetch(`${url}/upload`, { method: 'POST' })
    const challenge = headers.get('www-authenticate') ?? headers.get('x-amzn-remapped-www-authenticate')
    assert.ok(status === 401 && challenge?.startsWith('Bearer'), `status ${status}, the header ${challenge}`)
  },
}

const PREFLIGHT: Check = {
  title: 'preflight requests succeed',
  expected: '`204` with `access-control-allow-origin` and `access-control-allow-methods`',
  async run({ url, origin }) {
    const headers = { origin, 'access-control-request-method': 'POST' }
    const response = await fetch(`${url}/upload`, { method: 'OPTIONS', headers })
    const allowed = ['origin', 'methods'].every((name) => response.headers.has(`access-control-allow-${name}`))
    assert.ok(response.status === 204 && allowed, `status ${response.status}${allowed ? '' : ' without them'}`)
  },
}

const UNDERSCORE: Check = {
  title: 'headers with an underscore arrive',
  expected: '`401` that mentions the checksum',
  async run({ url }) {
    const headers = { 'content-type': 'application/json', 'content-sha3_256-salted': '00' }
    const response = await fetch(`${url}/upload`, { method: 'POST', headers, body: '{"time":[43]}' })
    const detail = z.object({ detail: z.string().regex(/checksum/i) })
    await expectJson(response, 401, detail)
  },
}

export const THROTTLE: Check = {
  title: '`/register` is throttled',
  expected: 'some `429` among 60 requests at once',
  places: ['aws'],
  async run({ url }) {
    const responses = await Promise.all(Array.from({ length: 60 }, () => fetch(`${url}/register`)))
    const statuses = new Set(responses.map(({ status }) => status))
    assert.ok(statuses.has(429), `only ${[...statuses].join(', ')}`)
  },
}

/** Checks that need no credentials, except the one that uses up the burst of `/register`. */
export const ROUTE_CHECKS: readonly Check[] = [HEALTH, UNKNOWN_PATH, SLASH, PAGES, CHALLENGE, PREFLIGHT, UNDERSCORE]
