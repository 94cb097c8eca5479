// @module-tag local-only
// The command line works on tables and parameters of its own.
import { hash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { fieldsOf } from '../../support/responses.ts'
import { type Stage, startStage } from '../../support/stage.ts'
import { contentOf, submissionsOf } from '../../support/submissions.ts'

/** A slice of a file as reproschema-ui sends it, larger than a response can be. */
const SLICE = randomBytes(10_000_000)

/** Imports uploads of a collector with the command line, and reads them over HTTP. */
let stage: Stage
let folder: string
let uploads: string
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.stop())
let ids = 0
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-collector-'))
  uploads = join(folder, 'uploads')
  mkdirSync(uploads)
})
afterEach(() => {
  stage.database.plan = () => undefined
  rmSync(folder, { recursive: true, force: true })
})

/** A new client id in the collector's format. */
function newId(): string {
  ids += 1
  return String(ids).padStart(32, '0')
}
const map = () => join(folder, 'dynamic_map.json')
const mapped = (clients: unknown) => writeFileSync(map(), JSON.stringify(clients))
const file = (name: string, content: string | Uint8Array = name) => writeFileSync(join(uploads, name), content)
const run = (...args: string[]) => stage.command('import', 'collector', map(), uploads, ...args)
const imported = (...args: string[]) => stage.json('import', 'collector', map(), uploads, ...args)

describe('import collector', { timeout: 120_000 }, () => {
  it('registers clients under their ids, and does not change existing ones', async () => {
    const [fresh, there, other, refused, app] = [newId(), newId(), newId(), newId(), newId()]
    mapped({
      [there]: { callback_url: 'https://there.example' },
      [other]: { callback_url: 'https://other.example/' },
    })
    await imported('--client', there)
    mapped({
      [fresh]: { callback_url: 'https://fresh.example/#/', more: true },
      [there]: { callback_url: 'HTTPS://There.example/' },
      [other]: { callback_url: 'https://another.example/' },
      [refused]: { callback_url: 'http://localhost:8080/' },
      [app]: { callback_url: 'com.example.app://cb' },
      '9BE17C4AD0F3415CB1A6D2C97E0F8842': { callback_url: 'https://upper.example/' },
    })
    const dry = await run('--client', fresh, '--dry-run', '--json')
    const { code, stdout, stderr } = await run('--client', fresh, '--json')
    const expected = {
      registered: [fresh, app],
      there: [there],
      other_callback_url: [other],
      refused: [
        { client_id: refused, detail: 'its callback_url must have a public host' },
        { client_id: '9BE17C4AD0F3415CB1A6D2C97E0F8842', detail: 'its id is not 32 hexadecimal digits' },
      ],
    }
    expect([dry, { code, stdout, stderr }].map((each) => [each.code, JSON.parse(each.stdout).clients])).toEqual([
      [1, expected],
      [1, expected],
    ])
    expect(stderr).toBe(
      [
        `Note: client ${other} is registered with another callback_url, which stays.`,
        `{"error":{"code":"failed","message":"Client ${refused} was not registered: its callback_url must have a public host.\\nClient 9BE17C4AD0F3415CB1A6D2C97E0F8842 was not registered: its id is not 32 hexadecimal digits."}}\n`,
      ].join('\n'),
    )
    expect(await stage.json('clients', 'show', fresh)).toMatchObject({
      callback_url: 'https://fresh.example/#/',
      kind: 'public',
      scope: ['upload'],
      status: 'active',
    })
    expect(await stage.json('clients', 'show', other)).toMatchObject({ callback_url: 'https://other.example/' })
    // The app continues with the id in its source code.
    const answer = await stage.call(`/token?client_id=${fresh}`)
    expect(answer.status).toBe(302)
    expect(answer.headers.get('location')).toMatch(/^https:\/\/fresh\.example\/#\/\?auth_token=/)
    expect((await stage.command('clients', 'show', refused)).code).toBe(1)
  })

  it('stores uploads of every generation once, as submissions', async () => {
    const id = newId()
    mapped({ [id]: { callback_url: 'https://app.example/' } })
    file('2020-05-03T12:00:00.123456+00:00_README.md', '# voice\n')
    file('2020-05-03T12:00:00.123456+00:00_messages.json', '[\n  {"@id": "uuid:1"}\n]')
    file('2020-05-03T12:00:01+00:00_messages.json', '[]')
    mkdirSync(join(uploads, 'voice'))
    file('voice/20201031T120000.5Z0000-slice.zip.001', Uint8Array.of(0, 255))
    expect(await imported('--dry-run')).toMatchObject({ submissions_read: 3, submissions_new: 3, dry_run: true })
    expect((await stage.command('clients', 'show', id)).code).toBe(1)
    expect(await imported()).toMatchObject({
      client_id: id,
      submissions_read: 3,
      submissions_new: 3,
      submissions_there: 0,
      files: 2,
      bytes: 8 + 23 + 2 + 2,
      notes: ['the uploads of 2 folders are stored for one client'],
      faults: [],
    })
    expect(await imported()).toMatchObject({ submissions_new: 0, submissions_there: 3 })
    const submissions = await submissionsOf(stage, id)
    expect(submissions.map(({ received_at, files }) => [received_at, files.map(({ name }) => name)])).toEqual([
      ['2020-10-31T12:00:00.500Z', ['slice.zip.001']],
      ['2020-05-03T12:00:01.000Z', []],
      ['2020-05-03T12:00:00.123Z', ['README.md']],
    ])
    const [slice, , first] = submissions
    expect(await contentOf(stage, slice?.id ?? '', '1')).toEqual(Buffer.of(0, 255))
    expect((await contentOf(stage, first?.id ?? '', 'responses')).toString()).toBe('[\n  {"@id": "uuid:1"}\n]')
    expect((await contentOf(stage, first?.id ?? '', '1')).toString()).toBe('# voice\n')
  })

  it('stores equal uploads of different times, each once, as a dry run says', async () => {
    const id = newId()
    mapped({ [id]: { callback_url: 'https://app.example/' } })
    for (const day of ['03', '04', '05']) file(`2020-05-${day}T12:00:00.000001+00:00_messages.json`, '[]')
    file('2020-05-05T12:00:00.000002+00:00_messages.json', '[]')
    mkdirSync(join(uploads, 'copy'))
    file('copy/20200505T120000.000002Z0000-messages.json', '[]')
    file('copy/20200505T120000Z0000-messages.json', '[]')
    const counts = { submissions_read: 6, submissions_new: 5, submissions_there: 1 }
    expect(await imported('--dry-run')).toMatchObject(counts)
    expect(await imported()).toMatchObject(counts)
    expect(await submissionsOf(stage, id)).toHaveLength(5)
    for (const options of [['--dry-run'], []]) {
      expect(await imported(...options)).toMatchObject({ submissions_new: 0, submissions_there: 6 })
    }
  })

  // miranda-ng/miranda-ng#1830 (one time, different texts) and anyproto/anytype-heart#2952 (equal bytes, other names).
  it('stores all of equal times with different contents, and of equal contents with different names', async () => {
    const id = newId()
    mapped({ [id]: { callback_url: 'https://app.example/' } })
    for (const [folder, text] of ['["hi"]', '["hey"]'].entries()) {
      mkdirSync(join(uploads, `device${folder}`))
      file(`device${folder}/20190207T100001Z0000-messages.json`, text)
    }
    file('2019-02-07T10:00:02+00:00_a.txt', 'same')
    file('2019-02-07T10:00:03+00:00_b.txt', 'same')
    const counts = { submissions_read: 4, submissions_new: 4, submissions_there: 0 }
    expect(await imported('--dry-run')).toMatchObject(counts)
    expect(await imported()).toMatchObject(counts)
    const submissions = await submissionsOf(stage, id)
    expect(submissions.flatMap(({ files }) => files.map(({ name }) => name)).sort()).toEqual(['a.txt', 'b.txt'])
  })

  it('does not store again what an earlier version imported', async () => {
    const id = newId()
    mapped({ [id]: { callback_url: 'https://app.example/' } })
    await imported()
    const { storeSubmission } = await import('../../../lib/submissions/store.ts')
    const { concatenateContents, describeSubmission } = await import('../../../lib/submissions/submission.ts')
    const contents = { responses: Buffer.from('[]'), files: [] }
    const described = describeSubmission(contents, { clientId: id }, { key: '' }, Date.parse('2020-05-03T12:00:00Z'))
    const former = hash('sha256', JSON.stringify([id, null, described.responses, []]), 'hex').slice(0, 32)
    await storeSubmission({ ...described, id: former }, concatenateContents(contents), {
      deadline: Date.now() + 10_000,
      isImport: true,
    })
    file('2020-05-03T12:00:00+00:00_messages.json', '[]')
    file('2020-05-04T12:00:00+00:00_messages.json', '[]')
    for (const options of [['--dry-run'], []]) {
      expect(await imported(...options)).toMatchObject({ submissions_new: 1, submissions_there: 1 })
    }
  })

  it('names the files that it skips, and stores the rest', async () => {
    const id = newId()
    mapped({ [id]: { callback_url: 'https://app.example/' } })
    const at = '2020-05-03T12:00:00+00:00'
    file(`${at}_messages.json`, '{"broken":')
    file(`${at}_large.zip`, '')
    truncateSync(join(uploads, `${at}_large.zip`), 100_000_001)
    file(`${at}_slice.zip.001`, SLICE)
    file(`2020-05-03T12:00:01+00:00_..`, 'x')
    file('apiKey.txt', 'secret')
    file('\u001b[2J', 'x')
    symlinkSync('/etc/hostname', join(uploads, `${at}_link`))
    symlinkSync('/etc', join(uploads, 'etc'))
    const { code, stdout, stderr } = await run('--json')
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      submissions_read: 2,
      submissions_new: 1,
      files: 2,
      ignored: ['\u001b[2J', 'apiKey.txt', `${at}_link`, 'etc'],
      notes: [`${at}_messages.json is not JSON, and is stored as a file`],
      faults: [
        { path: `${at}_large.zip`, detail: 'it has more than 100000000 bytes' },
        { path: '2020-05-03T12:00:01+00:00_..', detail: 'it has no name of 1 to 255 characters' },
      ],
    })
    expect(stderr).toContain(`${at}_large.zip was not stored: it has more than 100000000 bytes.\\n`)
    expect(stderr).not.toContain('\u001b')
    const [only, ...others] = await submissionsOf(stage, id)
    expect(others).toEqual([])
    expect(only?.files.map(({ name, size }) => [name, size])).toEqual([
      ['slice.zip.001', SLICE.length],
      ['messages.json', 10],
    ])
    const part = `/submissions/${only?.id}/1`
    expect(await (await stage.asAdmin(part)).json()).toMatchObject({
      code: 'parameter_invalid',
      errors: [{ field: 'Range' }],
    })
    const pieces: Buffer[] = []
    for (let from = 0; from < SLICE.length; from += 4_700_000) {
      const answer = await stage.asAdmin(part, { headers: { range: `bytes=${from}-${from + 4_699_999}` } })
      expect(answer.status).toBe(206)
      pieces.push(Buffer.from(await answer.arrayBuffer()))
    }
    expect(Buffer.concat(pieces).equals(SLICE)).toBe(true)
  })

  it('continues after an interruption, and stores each upload once', async () => {
    const id = newId()
    mapped({ [id]: { callback_url: 'https://app.example/' } })
    for (let second = 10; second < 60; second += 1) file(`2020-05-03T12:00:${second}+00:00_a.txt`)
    let written = 0
    const isLast = (command: string, body: string) => {
      if (command === 'PutItem' && body.includes('"manifest"')) written += 1
      return written > 20
    }
    await stage.cutOff(isLast, 'import', 'collector', map(), uploads)
    expect(await imported()).toMatchObject({ submissions_read: 50, submissions_new: 30, submissions_there: 20 })
    expect(await imported()).toMatchObject({ submissions_new: 0, submissions_there: 50 })
    expect(await submissionsOf(stage, id)).toHaveLength(50)
  })

  it('requires --client unless the map has one client', async () => {
    const [one, other] = [newId(), newId()]
    const failure = (stderr: string) => ({ code: 1, stdout: '', stderr: `${stderr}\n` })
    const usageError = (stderr: string) => ({ code: 2, stdout: '', stderr: `${stderr}\n` })
    mapped({ [one]: { callback_url: 'https://a.example/' }, [other]: { callback_url: 'https://b.example/' } })
    expect(await run()).toEqual(usageError('The map has 2 clients: name the owner of the uploads with --client.'))
    expect((await stage.command('clients', 'show', one)).code).toBe(1)
    expect((await run('--client', 'f'.repeat(32))).stderr).toBe(
      'There is no such client: clients list shows all of them.\n',
    )
    expect((await stage.command('clients', 'show', one)).code).toBe(1)
    mapped({ [one]: { callback_url: 'http://localhost/' } })
    expect(await run()).toEqual(failure(`Client ${one} was not registered: its callback_url must have a public host.`))
    mapped({})
    expect(await run()).toEqual(usageError('The map has 0 clients: name the owner of the uploads with --client.'))
    for (const broken of [[], { [one]: 'https://a.example/' }, { [one]: { callback_url: 7 } }]) {
      mapped(broken)
      expect(await run()).toEqual(failure(`${map()} must be a JSON object of client ids, each with a callback_url.`))
    }
    rmSync(map())
    expect(await run()).toEqual(failure(`${map()} cannot be read.`))
    mapped({ [one]: { callback_url: 'https://a.example/' } })
    rmSync(uploads, { recursive: true })
    expect(await run()).toEqual(failure(`${uploads} must be a readable folder.`))
    expect(await fieldsOf(await stage.call('/health'))).toMatchObject({ status: 'ok' })
  })
})
