// @module-tag local-only
// It tests a page of the examples, which is the same for a deployment.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { expect, it } from 'vitest'
import { listenLocally } from '../../dev/free-port.ts'
import { installed, newPage } from '../support/browser.ts'
import { startLatchkey } from '../support/latchkey.ts'
import { closed } from '../support/server.ts'

it.skipIf(installed === undefined)('the web page of the examples gets a token and uploads', async () => {
  const latchkey = await startLatchkey()
  const { client_id } = await latchkey.register({ scope: 'upload' })
  const page = readFileSync('examples/web/index.html', 'utf8')
    .replace('http://localhost:3000', latchkey.url)
    .replace('your client id', client_id)
  const server = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(page))
  try {
    const watched = await newPage()
    await watched.page.goto(await listenLocally(server))
    const requests: string[] = []
    watched.page.on('request', (request) => requests.push(new URL(request.url()).pathname))
    for (const co2 of ['612', '618']) {
      await watched.page.getByLabel('CO2 in ppm').fill(co2)
      await watched.page.getByRole('button', { name: 'Upload' }).click()
      await watched.page.getByText('Stored.').waitFor()
      await watched.page.evaluate(`document.querySelector('output').textContent = ''`)
    }
    expect(requests).toEqual(['/token', '/upload', '/upload'])

    // An expired token is replaced, and the upload is sent again.
    await watched.page.route('**/upload', (route) => route.fulfill({ status: 401, json: { code: 'token_expired' } }), {
      times: 1,
    })
    await watched.page.getByRole('button', { name: 'Upload' }).click()
    await watched.page.getByText('Stored.').waitFor()
    expect(requests.slice(3)).toEqual(['/upload', '/token', '/upload'])
    expect(await latchkey.rows(client_id, { cols: 'co2' })).toEqual([{ co2: 612 }, { co2: 618 }, { co2: 618 }])
  } finally {
    await closed(server)
    await latchkey.stop()
  }
})
