import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import createClient from 'openapi-fetch'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { apiDescription } from '../../../lib/openapi/document.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { codeBlocks, readDocument } from '../../support/markdown.ts'
import { operationsOf, readDocument as readDescription } from '../../support/openapi/document.ts'

let latchkey: Latchkey
beforeAll(async () => {
  latchkey = await startLatchkey()
})
afterAll(() => latchkey.stop())

/** Types as wide as all endpoints: tests/contract/client-types.test.ts compiles a client with the exact ones. */
interface AnyOperation {
  parameters: { query?: Record<string, unknown>; path?: Record<string, string> }
  requestBody?: { content: { 'application/json': Record<string, unknown> } }
  responses: { 200: { content: { 'application/json': unknown } } }
}
type Paths = Record<`/${string}`, { get: AnyOperation; post: AnyOperation }>

const clientOf = (token?: string) =>
  createClient<Paths>({
    baseUrl: latchkey.url,
    headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
    querySerializer: { object: { style: 'form', explode: true } },
  })

/** The data that openapi-fetch returns; fails the test if it returns an error. */
function dataOf({ data, error }: { data?: unknown; error?: unknown }): unknown {
  if (data === undefined) throw new Error(JSON.stringify(error))
  return data
}
const textsOf = (result: { data?: unknown; error?: unknown }) =>
  z.record(z.string(), z.coerce.string()).parse(dataOf(result))

describe('openapi-fetch', () => {
  it('registers, gets a token, uploads, downloads and submits', async () => {
    const admin = clientOf(latchkey.adminToken)
    const body = { callback_url: 'https://app.example/', scope: 'upload download' } as const
    const { client_id } = textsOf(await admin.POST('/register', { body }))
    const asked = { params: { query: { client_id, participant_id: 'P007' } }, headers: { Accept: 'application/json' } }
    const { auth_token } = textsOf(await clientOf().GET('/token', asked))
    const app = clientOf(auth_token)

    const uploaded = dataOf(await app.POST('/upload', { body: { time_utc: [43, 23], co2: [1223, 2351] } }))
    expect(uploaded).toEqual({ 'saved-in-db': 2 })
    const query = { format: 'json', cols: 'co2', bounds: { min_co2: '2000' } } as const
    expect(dataOf(await app.GET('/download', { params: { query } }))).toEqual([{ co2: 2351 }])
    const csv = await app.GET('/download', { params: { query: { format: 'csv', cols: 'co2' } }, parseAs: 'text' })
    expect(csv.data).toBe('co2\r\n2351\r\n1223\r\n')

    const form = { responses: '[]', file: ['Slept well.'] }
    const submitted = textsOf(await app.POST('/submit', { body: form, bodySerializer: asForm }))
    expect(submitted['status']).toBe('accepted')
    const path = { id: submitted['id'] ?? '' }
    const stored = dataOf(await app.GET('/submissions/{id}', { params: { path } }))
    expect(stored).toMatchObject({ files: [{ name: '0.txt', size: 11 }] })
    const part = { params: { path: { ...path, part: '1' } }, parseAs: 'text' } as const
    expect((await app.GET('/submissions/{id}/{part}', part)).data).toBe('Slept well.')
  })
})

function asForm(body: unknown): FormData {
  const { responses, file } = z.object({ responses: z.string(), file: z.array(z.string()) }).parse(body)
  const form = new FormData()
  form.append('responses', responses)
  for (const [index, content] of file.entries()) form.append('file', new File([content], `${index}.txt`))
  return form
}

/** The examples of docs/guides/clients.md, by their language. */
const LANGUAGES = ['js server', 'js', 'ts', 'python', 'swift', 'kotlin', 'cpp']
const snippets = new Map(
  codeBlocks(readDocument('docs/guides/clients.md'))
    .filter(({ language }) => LANGUAGES.includes(language))
    .map(({ language, code }) => [language, code]),
)
const snippet = (kind: string): string => snippets.get(kind) ?? ''

/** Runs a program with values as its variables; returns its output, or throws with its error output. */
async function run(
  kind: 'js' | 'js server' | 'ts' | 'python',
  values: Record<string, string>,
  before: string,
  after: string,
) {
  const env = { ...process.env, VALUES: JSON.stringify(values) }
  const isPython = kind === 'python'
  const prelude = isPython
    ? `import json, os\nglobals().update(json.loads(os.environ['VALUES']))`
    : `const { ${Object.keys(values).join(', ')} } = JSON.parse(process.env.VALUES)`
  const program = [prelude, before, snippet(kind), after].join('\n')
  const [command, args]: [string, string[]] = isPython
    ? ['python3', ['-c', program]]
    : [process.execPath, [`--input-type=${kind === 'ts' ? 'module-typescript' : 'module'}`, '-e', program]]
  return (await promisify(execFile)(command, args, { env })).stdout.trim()
}

const hasPython = await promisify(execFile)('python3', ['--version']).then(
  () => true,
  () => false,
)

describe('docs/guides/clients.md', () => {
  const values = async (scope: string) => {
    const { client_id } = await latchkey.register({ scope })
    return { base: latchkey.url, clientId: client_id }
  }
  const stored = async (clientId: string) => (await latchkey.rows(clientId)).map(({ co2 }) => co2)

  it('has at most five lines for each language', () => {
    expect([...snippets.keys()]).toEqual(LANGUAGES)
    for (const [, code] of snippets) expect(code.trim().split('\n').length).toBeLessThanOrEqual(5)
  })

  it('JavaScript uploads, and prints the error code of a rejected upload', async () => {
    const given = await values('upload')
    await run('js', given, '', '')
    expect(await stored(given.clientId)).toEqual([612])
    await expect(run('js', await values('download'), '', '')).rejects.toThrow('Error: not_allowed')
  })

  it('a server gets tokens for its users', async () => {
    const { client_id, client_secret = '' } = await latchkey.register({ kind: 'confidential' })
    const given = { base: latchkey.url, clientId: client_id, clientSecret: client_secret, user: 'P007' }
    const token = await run('js server', given, '', 'console.log(access_token)')
    expect((await latchkey.upload(token, '{"co2":[1]}')).status).toBe(200)
    expect(await latchkey.rows(client_id, { source: 'P007', cols: 'co2' })).toEqual([{ co2: 1 }])
    await expect(run('js server', { ...given, clientSecret: 'wrong' }, '', '')).rejects.toThrow(
      'The client id or secret is wrong.',
    )
  })

  it('TypeScript uploads', async () => {
    const { clientId, base } = await values('upload')
    const headers = "const headers = { Authorization: 'Bearer ' + token }"
    const printed = await run(
      'ts',
      { base, token: await latchkey.token(clientId) },
      headers,
      'console.log(JSON.stringify(data))',
    )
    expect(printed).toBe('{"saved-in-db":1}')
    expect(await stored(clientId)).toEqual([612])
  })

  it.skipIf(!hasPython)('Python uploads, and reads the error code of a rejected upload', async () => {
    const given = await values('upload')
    expect(await run('python', given, '', 'print(result)')).toBe("{'saved-in-db': 1}")
    expect(await stored(given.clientId)).toEqual([612])
    const why =
      'try:\n  request("/upload", b"{}")\nexcept urllib.error.HTTPError as error:\n  print(json.load(error)["code"])'
    expect(await run('python', given, '', why)).toBe('credentials_missing')
  })

  const document = readDescription(JSON.stringify(apiDescription()))
  const operations = operationsOf(document)
  const headers = new Set([
    ...['Accept', 'Authorization', 'Content-Type'],
    ...Object.values(document.components.securitySchemes).map(({ name }) => name),
  ])

  it.each([
    ['swift', ['/token', '/upload'], ['Accept', 'Authorization', 'Content-Type']],
    ['kotlin', ['/token', '/upload'], ['Accept', 'Authorization', 'Content-Type']],
    ['cpp', ['/upload'], ['Content-SHA256-Salted', 'Content-Type']],
  ])('%s uses only documented paths, parameters and headers', (kind, paths, sent) => {
    const code = snippet(kind)
    const addresses = [...code.matchAll(/(?:\(base\)|")(\/[a-z]+)(?:\?(\w+)=)?/g)].map(([, path = '', query]) => ({
      path,
      query,
    }))
    expect(addresses.map(({ path }) => path)).toEqual(paths)
    for (const { path, query } of addresses) {
      const found = operations.filter((operation) => operation.path === path)
      expect(found).not.toEqual([])
      const names = found.flatMap(({ parameters }) => parameters.map(({ name }) => name))
      expect([...names, undefined]).toContain(query)
    }
    const named = [...code.matchAll(/"([A-Z]\w+(?:-\w+)*)"(?=[:,])/g)].map(([, name = '']) => name)
    expect([...new Set(named)].filter((name) => name !== 'POST').toSorted()).toEqual(sent)
    for (const name of sent) expect(headers).toContain(name)
    const members = [...code.matchAll(/"([a-z]+_[a-z]+)"/g)].map(([, name = '']) => name)
    for (const name of members) expect(JSON.stringify(document)).toContain(`"${name}":{"type"`)
    expect(members).toEqual(kind === 'cpp' ? [] : ['auth_token'])
  })
})
