// @module-tag local-only
// It tests the pages that other tests get.
import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listenLocally } from '../../dev/free-port.ts'
import { installed, newPage } from '../support/browser.ts'
import { closed } from '../support/server.ts'

const requests: string[] = []
const server = createServer(({ url = '' }, response) => {
  requests.push(url)
  response.setHeader('content-type', 'text/html')
  response.setHeader('cache-control', 'max-age=1000')
  response.end('<link rel="stylesheet" href="/style.css">')
})
let url: string
beforeAll(async () => {
  url = await listenLocally(server)
})
afterAll(() => closed(server))

/** What a page can keep, and what it has of it. */
const keep = `(async () => {
  sessionStorage.name = localStorage.name = 'value'
  document.cookie = 'name=value; max-age=1000'
  await new Promise((resolve) => { indexedDB.open('name').onsuccess = resolve })
  await caches.open('name')
})()`
const kept = `(async () => [
  sessionStorage.length, localStorage.length, document.cookie, (await indexedDB.databases()).length,
  (await caches.keys()).length, history.length, (await navigator.permissions.query({ name: 'clipboard-read' })).state,
  innerWidth, matchMedia('(prefers-color-scheme: dark)').matches,
])()`

/** How often the listener of an earlier test was called. */
let calls = 0

describe.skipIf(installed === undefined)('a new page', () => {
  it.each([1, 2])('has nothing of the test before (test %d)', async () => {
    const { page, faults } = await newPage()
    requests.length = 0
    await page.goto(url)
    expect(requests).toEqual(expect.arrayContaining(['/', '/style.css']))
    expect(await page.evaluate(kept)).toEqual([0, 0, '', 0, 0, 2, 'prompt', 1280, false])

    await page.evaluate(keep)
    await page.context().grantPermissions(['clipboard-read'])
    await page.setViewportSize({ width: 400, height: 400 })
    await page.emulateMedia({ colorScheme: 'dark' })
    expect(await page.evaluate(kept)).toEqual([1, 1, 'name=value', 1, 1, 2, 'granted', 400, true])
    await page.route('**', (route) => route.abort())
    expect({ faults, calls }).toEqual({ faults: [], calls: 0 })
    page.on('request', () => {
      calls += 1
    })
  })
})
