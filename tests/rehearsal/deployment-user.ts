import assert from 'node:assert/strict'
import * as z from 'zod'

const text = z.record(z.string(), z.unknown())

/** What exists in a deployment before it is deployed again. */
export interface DeploymentUse {
  clientId: string
  token: string
}

const ROWS = [
  { time: 1_700_000_000, scd30_co2_ppm: 612 },
  { time: 1_700_000_060, scd30_co2_ppm: 640 },
]

/** Requests to a deployment by an admin, an app and a person who starts an identity session. */
export function deploymentUser(base: string, adminToken: string) {
  async function call(path: string, status: number, token?: string, payload?: object): Promise<unknown> {
    const headers = {
      accept: 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(payload && { 'content-type': 'application/json' }),
    }
    const init = payload ? { method: 'POST', body: JSON.stringify(payload), headers } : { headers }
    const response = await fetch(base + path, init)
    const body = await response.text()
    assert.equal(response.status, status, `${path} responded ${response.status}: ${body}`)
    return JSON.parse(body)
  }
  const rowsOf = (clientId: string) =>
    call(`/download?format=json&client_id=${clientId}&cols=time,scd30_co2_ppm&order_by=time,asc`, 200, adminToken)

  async function grant(clientId: string, minutes: number): Promise<string> {
    const { auth_token, expires_in } = text.parse(await call(`/token?client_id=${clientId}`, 200))
    assert.equal(expires_in, minutes * 60)
    return String(auth_token)
  }

  return {
    /** Registers a client, stores rows and calls a provider; also checks that requests without credentials fail. */
    async use(): Promise<DeploymentUse> {
      await call('/health', 200)
      const registration = { callback_url: 'https://app.example/', scope: 'upload download start' }
      await call('/register', 401, undefined, registration)
      const { client_id } = text.parse(await call('/register', 200, adminToken, registration))
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
    /** Checks that the client, the token and the rows of before still work. */
    async findAll({ clientId, token }: DeploymentUse): Promise<void> {
      assert.deepEqual(await rowsOf(clientId), ROWS)
      await call('/download?format=json', 200, token)
    },
  }
}
