// @module-tag local-only
// The command line works on tables and parameters of its own.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { withToken } from '../../support/shares.ts'
import { type Stage, startStage } from '../../support/stage.ts'

let stage: Stage
let client_id: string
beforeAll(async () => {
  stage = await startStage()
  stage.aws.environments.set(`latchkey-${stage.stage}-createShare`, { PUBLIC_URL: stage.url, SHARE_DAYS_MAX: '60' })
  const registered = await stage.register({ name: 'garden', scope: 'upload download' })
  client_id = registered.client_id
  const token = await stage.token(client_id)
  await stage.upload(token, JSON.stringify({ time: [1, 1], box: ['roof', 'cellar'], co2: [612, 700], temp: [21, 10] }))
  const ada = await stage.token(client_id, { participant_id: 'Ada' })
  await stage.upload(ada, JSON.stringify({ time: 1, box: 'hers', co2: 5 }))
})
afterAll(() => stage.stop())

const failure = (stderr: string) => ({ code: 1, stdout: '', stderr: `${stderr}\n` })
const usageError = (stderr: string) => ({ ...failure(stderr), code: 2 })
const csv = async (token: string) => (await withToken(stage, token, '/download?format=csv')).text()

describe('shares create', () => {
  it('prints a link that shows the named series and columns', async () => {
    const args = ['--series', 'roof, cellar', '--columns', 'co2', '--name', 'blog', '--expires-in', '8w']
    const share = await stage.json('shares', 'create', 'garden', ...args)
    expect(share).toMatchObject({ client_id, series: ['roof', 'cellar'], columns: ['co2'], created_by: 'admin' })
    expect(share.url).toBe(`${stage.url}/download#share=${share.token}`)
    expect((Date.parse(share.expires_at) - Date.parse(share.created_at)) / 86_400_000).toBeCloseTo(56, 3)
    const rows = (await csv(share.token)).trim().split('\r\n')
    expect(rows.map((row) => row.split(',').slice(0, 2))).toEqual([
      ['time', 'co2'],
      ['1', '700'],
      ['1', '612'],
    ])
    const shown = await stage.command('shares', 'create', 'garden', '--series', 'roof', '--name', 'text')
    expect(shown.stdout).toMatch(
      /^client_id: \S+\nshare_id: \S+\nname: text\nseries: roof\n(.+\n)*token: share_\S+\nurl: \S+\n$/,
    )
  })

  it('shares the series of a participant', async () => {
    const args = ['--series', 'hers', '--name', 'of Ada', '--participant', 'Ada']
    const { token } = await stage.json('shares', 'create', client_id, ...args)
    expect(await csv(token)).toMatch(/\r\n1,hers,5,/)
  })

  it.each([
    [['--series', 'attic'], '--series must name existing series.'],
    [['--series', 'hers'], '--series must name existing series.'],
    [['--columns', 'co3'], '--columns must name existing columns of the series.'],
    [['--expires-in', '61d'], '--expires-in must be at most 5184000 seconds.'],
    [['--expires-in', '0m'], '--expires-in must be at least 60 seconds.'],
    [['--expires-in', 'soon'], '--expires-in must be a length of time such as 12h, 30d or 8w.'],
    [['--name', ''], '--name must not be empty.'],
  ])('rejects %j', async (args, sentence) => {
    const all = ['--series', 'roof', '--name', 'x', ...args]
    expect(await stage.command('shares', 'create', 'garden', ...all)).toEqual(usageError(sentence))
  })

  it('needs a registered client', async () => {
    const args = ['--series', 'roof', '--name', 'x']
    for (const name of ['f'.repeat(32), 'gardn'])
      expect(await stage.command('shares', 'create', name, ...args)).toEqual(
        failure('There is no such client: clients list shows all of them.'),
      )
  })
})

describe('shares list and revoke', () => {
  it('show and end shares by their id or their name', async () => {
    const { client_id: other } = await stage.register({ name: 'house', scope: 'upload download' })
    await stage.upload(await stage.token(other), JSON.stringify({ time: 1, box: 'hall', co2: 1 }))
    expect((await stage.command('shares', 'list', 'house')).stdout).toBe(
      'The client has no shares: shares create makes one.\n',
    )
    const create = (name: string) => stage.json('shares', 'create', 'house', '--series', 'hall', '--name', name)
    const [one, two, twin, twin2] = [
      await create('one'),
      await create('two'),
      await create('twin'),
      await create('twin'),
    ]
    const { shares } = await stage.json('shares', 'list', 'house')
    expect(shares.map(({ name }: { name: string }) => name)).toEqual(['one', 'two', 'twin', 'twin'])
    const table = (await stage.command('shares', 'list', other)).stdout
    expect(table).toMatch(new RegExp(`\\n${one.share_id} +one +- +hall +- +admin `))
    expect(table).not.toContain(one.token.slice(-43))
    const revoke = (name: string) => stage.command('shares', 'revoke', 'house', name)
    expect((await revoke('one')).stdout).toBe(`The share ${one.share_id} of client ${other} is revoked.\n`)
    expect((await revoke(two.share_id)).code).toBe(0)
    for (const { token } of [one, two]) expect((await withToken(stage, token, '/series')).status).toBe(401)
    const { code, stderr } = await revoke('twin')
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^2 shares have this name\. Use the id of one: /)])
    for (const { share_id } of [twin, twin2]) expect(stderr).toContain(share_id)
    expect(await revoke('one')).toEqual(failure('There is no such share: shares list shows all of the client.'))
    expect(await revoke(one.share_id)).toEqual(failure('There is no such share.'))
    // The share of another client.
    expect(await stage.command('shares', 'revoke', 'garden', twin.share_id)).toEqual(failure('There is no such share.'))
  })
})
