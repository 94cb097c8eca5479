// @module-tag local-only
// It checks files. Tests of the endpoints run against a deployment.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import * as z from 'zod'
import { HISTORY_BOXES } from '../../../dev/demo/boxes.ts'
import { rowsOf } from '../../../dev/demo/rows.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { shared, withToken } from '../../support/shares.ts'

const SALT = 'the salt of one device'
const STARTED = 1_772_442_000

let latchkey: Latchkey
let clientId: string
beforeAll(async () => {
  latchkey = await startLatchkey()
  clientId = (await latchkey.register({ scope: 'upload', checksum_salt: SALT })).client_id
})
afterAll(() => latchkey.stop())

const read = (file: string): string => readFileSync(`examples/${file}`, 'utf8')
const basic = (user: string, password: string) => ({ Authorization: `Basic ${btoa(`${user}:${password}`)}` })

describe('home-assistant', () => {
  const command = z.object({
    url: z.string(),
    method: z.literal('post'),
    username: z.literal('latchkey_client_id'),
    password: z.literal('latchkey_device_key'),
    content_type: z.string(),
    payload: z.string(),
  })
  const { rest_command, automation, influxdb } = z
    .object({
      rest_command: z.object({ latchkey_upload: command }),
      automation: z.tuple([z.object({ actions: z.array(z.object({ action: z.string().optional() })) })]),
      influxdb: z.object({ tags: z.object({ box: z.string() }), precision: z.string() }),
    })
    .parse(parse(read('home-assistant/configuration.yaml'), { logLevel: 'error' }))

  it('uploads sensors, also those without a value', async () => {
    expect(automation[0].actions.at(-1)).toEqual({ action: 'rest_command.latchkey_upload' })
    const { url, content_type, payload } = rest_command.latchkey_upload
    const values = [String(STARTED + 0.25), '21.4', 'null']
    const body = payload.replace(/\{\{.+?\}\}/g, () => values.shift() ?? '')
    const headers = { 'Content-Type': content_type, ...basic(clientId, SALT) }
    const answer = await latchkey.call(new URL(url).pathname, { method: 'POST', headers, body })
    expect(await answer.json()).toEqual({ 'saved-in-db': 1 })
    const row = { time: STARTED + 0.25, temperature_c: 21.4, humidity_percent: null }
    expect(await latchkey.rows(clientId, { source: 'living room', cols: Object.keys(row).join() })).toEqual([row])
  })

  it('writes states by the integration InfluxDB, which tests its connection with an empty body', async () => {
    const write = (body: string) =>
      latchkey.call(`/api/v2/write?org=any&bucket=any&precision=${influxdb.precision}`, {
        method: 'POST',
        headers: { Authorization: `Token ${clientId}:${SALT}`, 'Content-Type': 'text/plain' },
        body,
      })
    // Home Assistant accepts a connection that responds to it with 400.
    expect((await write('')).status).toBe(400)
    const box = influxdb.tags.box.replaceAll(' ', '\\ ')
    const point = `°C,box=${box},domain=sensor,entity_id=desk value=21.4,device_class_str="temperature" ${STARTED}500`
    expect((await write(point)).status).toBe(204)
    const cols = 'measurement,entity_id,value'
    expect(await latchkey.rows(clientId, { source: influxdb.tags.box, cols, min_value: '0' })).toEqual([
      { measurement: '°C', entity_id: 'desk', value: 21.4 },
    ])
  })
})

it('things-network: the webhook delivers an uplink', async () => {
  const { webhook } = z
    .object({
      webhook: z.object({
        base_url: z.string(),
        format: z.literal('json'),
        headers: z.object({ Authorization: z.string() }),
        uplink_message: z.object({ path: z.string() }),
      }),
    })
    .parse(JSON.parse(read('things-network/webhook.json')))
  const authorization = webhook.headers.Authorization.replace('<client_id>', clientId).replace('<device_key>', SALT)
  const uplink = { decoded_payload: { temperature: 21.4 }, received_at: '2026-03-02T09:00:00Z' }
  const answer = await latchkey.call(new URL(webhook.base_url + webhook.uplink_message.path).pathname, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ end_device_ids: { device_id: 'dev1' }, uplink_message: uplink }),
  })
  expect(await answer.json()).toEqual({ 'saved-in-db': 1 })
  expect(await latchkey.rows(clientId, { source: 'dev1', cols: 'temperature' })).toEqual([{ temperature: 21.4 }])
})

describe('grafana', () => {
  const target = z.object({
    type: z.enum(['csv', 'json']),
    parser: z.literal('backend'),
    url: z.string(),
    root_selector: z.string(),
    columns: z.array(z.object({ selector: z.string(), type: z.enum(['timestamp', 'number', 'string']) })),
  })
  const source = z.object({ uid: z.string(), type: z.string() })
  const dashboard = z
    .object({
      templating: z.object({
        list: z.tuple([
          z.object({ name: z.literal('box'), datasource: source, query: z.object({ infinityQuery: target }) }),
        ]),
      }),
      panels: z.array(z.object({ title: z.string(), datasource: source, targets: z.tuple([target]) })),
    })
    .parse(JSON.parse(read('grafana/dashboards/latchkey.json')))

  it('gets a token with the settings of the data source, lists boxes and plots each panel', async () => {
    const { client_id, client_secret = '' } = await latchkey.register({
      kind: 'confidential',
      scope: 'upload download',
    })
    const environment = { URL: latchkey.url, CLIENT_ID: client_id, CLIENT_SECRET: client_secret }
    const yaml = read('grafana/datasources/latchkey.yaml').replace(/^#.*$/gm, '')
    const settings = yaml.replace(
      /\$LATCHKEY_(URL|CLIENT_ID|CLIENT_SECRET)\b/g,
      (_all, name: keyof typeof environment) => environment[name],
    )
    expect(settings).not.toContain('$')
    const oauth2 = z.object({ client_id: z.string(), token_url: z.url(), scopes: z.array(z.string()) })
    const [infinity] = z
      .object({
        datasources: z.tuple([
          source.extend({
            url: z.url(),
            jsonData: z.object({ auth_method: z.literal('oauth2'), oauth2 }),
            secureJsonData: z.object({ oauth2ClientSecret: z.string() }),
          }),
        ]),
      })
      .parse(parse(settings)).datasources
    for (const { datasource } of [...dashboard.panels, ...dashboard.templating.list]) {
      expect(datasource).toEqual({ uid: infinity.uid, type: infinity.type })
    }

    const { client_id: user, token_url, scopes } = infinity.jsonData.oauth2
    const tokenFor = async (scope: string) => {
      const headers = basic(user, infinity.secureJsonData.oauth2ClientSecret)
      const body = new URLSearchParams({ grant_type: 'client_credentials', scope })
      const answer = await fetch(token_url, { method: 'POST', headers, body })
      return z.object({ access_token: z.string() }).parse(await answer.json()).access_token
    }
    const box = 'büro 1 & 2'
    const upload = await tokenFor('upload')
    for (const demoBox of HISTORY_BOXES) {
      expect((await latchkey.upload(upload, JSON.stringify(rowsOf(demoBox, STARTED)))).status).toBe(200)
    }
    const row = { time: STARTED, box, sds011_pm25_ug_m3: 12.5 }
    expect((await latchkey.upload(upload, JSON.stringify(row))).status).toBe(200)
    const Authorization = `Bearer ${await tokenFor(scopes.join(' '))}`
    const ask = (url: string) => fetch(infinity.url + url, { headers: { Authorization } })

    const [{ query }] = dashboard.templating.list
    const list: unknown = await (await ask(query.infinityQuery.url)).json()
    const series = z.record(z.string(), z.array(z.record(z.string(), z.unknown()))).parse(list)[
      query.infinityQuery.root_selector
    ]
    const boxes = series?.map((entry) => entry[query.infinityQuery.columns[0]?.selector ?? ''])
    const names = HISTORY_BOXES.map(({ name }) => name)
    expect(boxes).toEqual([box, ...names].toSorted())

    /** The cells of a panel for a box and the hour before `STARTED`, in windows of five minutes. */
    const cellsOf = async ({ targets: [{ url, columns }] }: (typeof dashboard.panels)[number], name: string) => {
      const variables = {
        'box:percentencode': encodeURIComponent(name),
        __from: `${STARTED - 3_600}000`,
        __to: `${STARTED}000`,
        __interval: '5m',
      }
      const address = Object.entries(variables).reduce((text, [key, value]) => text.replace(`\${${key}}`, value), url)
      const [header, ...lines] = (await (await ask(address)).text()).trim().split('\r\n')
      expect(header?.split(',')).toEqual(columns.map(({ selector }) => selector))
      expect(columns.map(({ type }) => type)).toEqual(
        ['timestamp', ...Array(3).fill('number')].slice(0, columns.length),
      )
      return lines.map((line) => line.split(',').slice(1))
    }
    /** Whether each panel has values of a box. */
    const drawn = (name: string) =>
      Promise.all(
        dashboard.panels.map(async (panel) => (await cellsOf(panel, name)).flat().some((cell) => cell !== '')),
      )
    expect(dashboard.panels.map(({ title }) => title)).toEqual(['Temperature', 'Humidity', 'PM2.5', 'CO2'])
    expect(Object.fromEntries(await Promise.all(names.map(async (name) => [name, await drawn(name)])))).toEqual({
      garden: [true, true, true, false],
      street: [true, false, true, false],
      office: [true, true, false, true],
    })
    const dust = dashboard.panels.find(({ title }) => title === 'PM2.5')
    if (dust === undefined) throw new Error('There is no panel of fine dust.')
    expect((await cellsOf(dust, box)).filter(([mean]) => mean !== '')).toEqual([['12.5', '12.5', '12.5']])
    expect(dashboard.panels.every(({ targets: [{ url }] }) => url.includes('&fill=null&'))).toBe(true)
  })

  it('reads the boxes with a share token in the data source of the demo, and with the same dashboard', async () => {
    const settings = z
      .object({
        datasources: z.tuple([
          source.extend({
            url: z.literal('$LATCHKEY_URL'),
            jsonData: z.object({ auth_method: z.literal('bearerToken') }),
            secureJsonData: z.object({ bearerToken: z.literal('$LATCHKEY_TOKEN') }),
          }),
        ]),
      })
      .parse(parse(read('grafana/demo/latchkey.yaml')))
    expect(dashboard.panels.map(({ datasource }) => datasource)).toEqual(
      dashboard.panels.map(() => ({ uid: settings.datasources[0].uid, type: settings.datasources[0].type })),
    )
    const { client_id } = await latchkey.register({ scope: 'upload download' })
    const token = await latchkey.token(client_id)
    await latchkey.upload(token, JSON.stringify({ time: STARTED, box: 'garden', bme280_temperature_c: 21.4 }))
    const share = await shared(latchkey, token, { series: ['garden'] })
    const [{ query }] = dashboard.templating.list
    const answer = await withToken(latchkey, share.token, query.infinityQuery.url)
    expect(await answer.json()).toMatchObject({ series: [{ source: 'garden' }] })
  })
})
