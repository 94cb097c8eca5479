import assert from 'node:assert/strict'
import * as z from 'zod'

const text = z.record(z.string(), z.unknown())

/** What somebody has done at a deployment before it is deployed again. */
export interface Used {
  clientId: string
  token: string
}

const ROWS = [
  { time: 1_700_000_000, scd30_co2_ppm: 612 },
  { time: 1_700_000_060, scd30_co2_ppm: 640 },
]

/** A deployment as it is used: by an admin, an app, and whoever begins an identity session. */
export function user(base: string, adminToken: string) {
  async function call(path: string, status: number, token?: string, body?: object): Promise<unknown> {
    const headers = {
      accept: 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body && { 'content-type': 'application/json' }),
    }
    const init = body ? { method: 'POST', body: JSON.stringify(body), headers } : { headers }
    const answer = await fetch(base + path, init)
    const said = await answer.text()
    assert.equal(answer.status, status, `${path} answered ${answer.status}: ${said}`)
    return JSON.parse(said)
  }
  const rowsOf = (clientId: string) =>
    call(`/download?format=json&client_id=${clientId}&cols=time,scd30_co2_ppm&order_by=time,asc`, 200, adminToken)

  async function grant(clientId: string, minutes: number): Promise<string> {
    const { auth_token, expires_in } = text.parse(await call(`/token?client_id=${clientId}`, 200))
    assert.equal(expires_in, minutes * 60)
    return String(auth_token)
  }

  return {
    /** Registers, stores rows and asks a provider. Nothing that needs a credential goes without. */
    async use(): Promise<Used> {
      await call('/health', 200)
      const wish = { callback_url: 'https://app.example/', scope: 'upload download start' }
      await call('/register', 401, undefined, wish)
      const { client_id } = text.parse(await call('/register', 200, adminToken, wish))
      const clientId = String(client_id)
      const token = await grant(clientId, 90)
      assert.deepEqual(
        await call(
          '/upload',
          200,
          token,
          ROWS.map((row) => ({ ...row, lat: 48.52, lon: 9.05 })),
        ),
        { 'saved-in-db': ROWS.length },
      )
      assert.deepEqual(await rowsOf(clientId), ROWS)
      await call('/start', 401)
      text.parse(await call('/start', 200, token))
      return { clientId, token }
    },
    grant,
    /** What was registered, granted and stored before counts still. */
    async findAll({ clientId, token }: Used): Promise<void> {
      assert.deepEqual(await rowsOf(clientId), ROWS)
      await call('/download?format=json', 200, token)
    },
  }
}
