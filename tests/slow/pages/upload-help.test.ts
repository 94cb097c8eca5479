// @module-tag local-only
// It runs the commands of a page, which are the same in a deployment.
import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { arduinoSketch } from '../../../web/uploadhelp/arduino.ts'
import { FORMATS } from '../../../web/uploadhelp/body.ts'
import { curlCommand, javascriptProgram, pythonProgram, type UploadExample } from '../../../web/uploadhelp/commands.ts'
import { ALGORITHMS, type Algorithm } from '../../../web/uploadhelp/digest.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'

/** Runs the examples of /uploadhelp as shown. */

const SALT = `it's a "salt" of $HOME, 50% \\ säure`

let latchkey: Latchkey
let clientId: string
let token: string
beforeAll(async () => {
  latchkey = await startLatchkey({ CHECKSUM_SALTS: JSON.stringify([SALT]) })
  clientId = (await latchkey.register()).client_id
  token = await latchkey.token(clientId)
})
afterAll(() => latchkey.stop())

const run = promisify(execFile)

const has = (command: string): boolean => {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const LANGUAGES = [
  { name: 'curl', there: has('curl'), write: curlCommand, by: 'sh', options: ['-c'] },
  { name: 'Python', there: has('python3'), write: pythonProgram, by: 'python3', options: ['-c'] },
  {
    name: 'JavaScript',
    there: true,
    write: javascriptProgram,
    by: process.execPath,
    options: ['--input-type=module', '-e'],
  },
] as const

const NOTES = [`it's "quoted" \\ $HOME \`x\` %s ?? é😀`, 'two\nlines']
let hour = 0

/** Two rows that differ from those of other tests, because repeated rows are not stored. */
function table() {
  hour += 1
  const time = 1_706_745_600 + hour * 3600
  return { time: [time, time + 60], sensor_temperature_c: [21.5, -3], note: NOTES, test: [hour, hour] }
}

const uploadOf = (columns: object, more: Partial<UploadExample> & { format?: string } = {}): UploadExample => {
  const { format = 'JSON', ...rest } = more
  const body = FORMATS[format]?.(JSON.stringify(columns))
  const [algorithm] = ALGORITHMS
  if (!body || !algorithm) throw new Error(`there is no format ${format}`)
  return { url: `${latchkey.url}/upload`, token: '', salt: '', algorithm, body, ...rest }
}

const rowsOf = (columns: ReturnType<typeof table>) =>
  columns.time.map((time, place) => ({
    time,
    sensor_temperature_c: columns.sensor_temperature_c[place],
    note: columns.note[place],
  }))

describe.each(LANGUAGES)('$name', ({ there, write, by, options }) => {
  const printed = async (upload: UploadExample) => (await run(by, [...options, write(upload)])).stdout

  it.skipIf(!there).each(Object.keys(FORMATS))('uploads %s with a token', async (format) => {
    const columns = table()
    expect(await printed(uploadOf(columns, { format, token }))).toContain('{"saved-in-db":2}')
    const found = await latchkey.rows(clientId, {
      cols: 'time,sensor_temperature_c,note',
      min_test: String(hour),
      max_test: String(hour),
    })
    expect(found).toEqual(rowsOf(columns))
  })

  it.skipIf(!there).each(Object.keys(FORMATS))('uploads %s with a salt', async (format) => {
    const columns = table()
    expect(await printed(uploadOf(columns, { format, salt: SALT }))).toContain('{"saved-in-db":2}')
    const found = await latchkey.rows('default', {
      cols: 'time,sensor_temperature_c,note',
      min_test: String(hour),
      max_test: String(hour),
    })
    expect(found).toEqual(rowsOf(columns))
  })

  it.skipIf(!there).each(ALGORITHMS)('signs with $name', async (algorithm: Algorithm) => {
    expect(await printed(uploadOf(table(), { salt: SALT, algorithm }))).toContain('{"saved-in-db":2}')
  })

  it.skipIf(!there)('shows why an upload was rejected', async () => {
    expect(await printed(uploadOf(table(), { salt: 'another' }))).toContain('credentials_invalid')
  })
})

describe('Arduino', () => {
  it('computes the checksum of the same bytes and salt on the device', () => {
    const sketch = arduinoSketch(uploadOf({ note: ['say "hi" \\ é'] }, { salt: 'a"b' }))
    expect(sketch).toContain('const char* SALT = "a\\"b";')
    expect(sketch).toContain('const char BODY[] = "{\\"note\\":[\\"say \\\\\\"hi\\\\\\" \\\\\\\\ \\303\\251\\"]}";')
    expect(sketch).toContain('mbedtls_md_info_from_type(MBEDTLS_MD_SHA256)')
    expect(sketch).toContain('http.addHeader("Content-SHA256-Salted", saltedChecksum());')
    expect(sketch).not.toContain('Authorization')
  })

  it('sends a token without computing a checksum', () => {
    const sketch = arduinoSketch(uploadOf({ co2: [1] }, { token: 'a.b.c' }))
    expect(sketch).toContain('http.addHeader("Authorization", "Bearer a.b.c");')
    expect(sketch).not.toMatch(/mbedtls|SALT/)
  })

  it('requires a CA certificate only with TLS', () => {
    const upload = uploadOf({ co2: [1] })
    expect(arduinoSketch(upload)).not.toContain('AUTHORITY')
    expect(arduinoSketch({ ...upload, url: 'https://api.example/upload' })).toContain('client.setCACert(AUTHORITY);')
  })

  it.each(ALGORITHMS.filter(({ mbedtls }) => mbedtls === null))('warns about missing $name', (algorithm: Algorithm) => {
    expect(arduinoSketch(uploadOf({ co2: [1] }, { salt: 'x', algorithm }))).toMatch(
      /^\/\/ .* have no [\w]+: choose SHA256/,
    )
  })

  it('sends binary data', () => {
    const sketch = arduinoSketch(uploadOf({ a: [1] }, { format: 'MessagePack' }))
    expect(sketch).toContain('const char BODY[] = "\\201\\241a\\221\\001";')
  })
})
