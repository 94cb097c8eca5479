import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { clearSettingsCache, getSettings } from '../../../lib/config/settings.ts'
import { SETTING_NAMES, type SettingName } from '../../../lib/config/settings-table.ts'

const environment = process.env
beforeEach(() => {
  process.env = { ...environment }
  clearSettingsCache()
  for (const name of SETTING_NAMES) delete process.env[name]
  delete process.env['PARAMETER_PATH']
})
afterEach(() => {
  process.env = environment
})

/** The setting that is parsed from this text. */
async function read<const Name extends SettingName>(name: Name, text: string) {
  clearSettingsCache()
  process.env[name] = text
  return (await getSettings(name))[name]
}

describe.each(['INCODE_API_URL', 'HLSERVER_URL', 'SETHEALTH_API_URL', 'SENSEMAP_API'] as const)('%s', (name) => {
  it.each([
    ['https://demo-api.incodesmile.com', 'https://demo-api.incodesmile.com'],
    ['https://api.example:8443/omni/', 'https://api.example:8443/omni'],
    ['HTTPS://API.example//', 'https://api.example'],
    ['https://api.example?', 'https://api.example'],
    ['https://api.example/#', 'https://api.example'],
    ['https://api.example/omni/?#', 'https://api.example/omni'],
    ['https://@api.example', 'https://api.example'],
    ['http://localhost:4000', 'http://localhost:4000'],
    ['http://127.0.0.1:4000/', 'http://127.0.0.1:4000'],
    ['http://[::1]:4000', 'http://[::1]:4000'],
  ])('parses %s as %s', async (text, url) => {
    expect(await read(name, text)).toBe(url)
  })

  it.each([
    'http://api.example',
    'http://localhost.example',
    'http://127.0.0.1.example',
    'http://10.0.0.1',
    'http://0.0.0.0',
    'ws://localhost',
    'file:///etc/passwd',
    'api.example',
    'secret',
    'https://secret@api.example',
    'https://user:secret@api.example',
    'https://api.example/?key=secret',
    'https://api.example/#secret',
    'https://api.example/??',
    'https://:@api.example:secret/',
  ])('rejects %s', async (text) => {
    await expect(read(name, text)).rejects.toThrow(
      `Settings: ${name} must be an https URL without user name, query or fragment.`,
    )
  })
})

describe('INCODE_WEBHOOK_HEADER', () => {
  it.each([
    ['X-Webhook-Key: 12345678', { name: 'x-webhook-key', value: '12345678' }],
    ['X-Key:abc:def: ghi', { name: 'x-key', value: 'abc:def: ghi' }],
    ['  X-Key:   Bearer a-long-token  ', { name: 'x-key', value: 'Bearer a-long-token' }],
    ["!#$%&'*+.^_`|~-9aZ: !......~", { name: "!#$%&'*+.^_`|~-9az", value: '!......~' }],
    ['Authorization-Key: 12345678', { name: 'authorization-key', value: '12345678' }],
    ['constructor: 12345678', { name: 'constructor', value: '12345678' }],
  ])('parses %j as name and value', async (text, header) => {
    expect(await read('INCODE_WEBHOOK_HEADER', text)).toEqual([header])
  })

  it('parses a JSON array, so that one header can replace another', async () => {
    expect(await read('INCODE_WEBHOOK_HEADER', '["X-Key: 12345678", "X-Other: 87654321"]')).toEqual([
      { name: 'x-key', value: '12345678' },
      { name: 'x-other', value: '87654321' },
    ])
  })

  const taken = ['Authorization', 'connection', 'Content-Length', 'CONTENT-TYPE', 'Cookie', 'host', '__proto__']
  it.each([
    ...['X-Key', 'X-Key:', 'X-Key:1234567', 'X-Key:   1234567   ', ': 12345678', 'X Key: 12345678', 'X-Kéy: 12345678'],
    ...[
      'X-Key: 12345678\nX-Other: 12345678',
      'X-Key: 1234\t5678',
      'X-Key: 1234567ü',
      'X-Key: ücretsiz',
      'X-Key: 1234567\u007f',
    ],
    ...['X-Key: 12345678\u0000', 'X-Key: \u00a01234567', 'X-Key : 12345678', '(X): 12345678', '12345678'],
    ...taken.map((name) => `${name}: 123456789`),
  ])('rejects %j', async (text) => {
    await expect(read('INCODE_WEBHOOK_HEADER', text)).rejects.toThrow(
      'Settings: INCODE_WEBHOOK_HEADER must be Name: value, with a name that is not a standard header and at least 8 ASCII characters.',
    )
  })

  it('is a valid header whenever it is accepted', async () => {
    const piece = fc.constantFrom('X-Key', ':', ' ', '12345678', '\n', '\r', 'ü', 'a', '\t', 'cookie', '\u0000')
    const text = fc.oneof(
      fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join('')),
      fc.string({ unit: 'binary', minLength: 8 }).map((value) => `X-Key: ${value}`),
    )
    await fc.assert(
      fc.asyncProperty(text, async (each) => {
        const headers = await read('INCODE_WEBHOOK_HEADER', each.replaceAll('\u0000', '\u0001')).catch(() => undefined)
        const [header] = headers ?? []
        if (!header) return
        expect(new Headers([[header.name, header.value]]).get(header.name)).toBe(header.value)
        expect(header.value).toMatch(/^[!-~][ -~]{6,}[!-~]$/)
      }),
    )
  })
})

describe.each(['INCODE_API_KEY', 'INCODE_ADMIN_TOKEN', 'HLSERVER_API_KEY'] as const)('%s', (name) => {
  it.each(['k', '!~', 'eyJ.a-b_c.=+/', 'x'.repeat(5_000)])('accepts %j', async (text) => {
    expect(await read(name, text)).toBe(text)
  })

  it.each([' ', 'a b', ' a', 'a ', 'a\n', '\ta', 'schlüssel', 'a\u007f', 'a\u00a0', '→'])(
    'rejects %j',
    async (text) => {
      await expect(read(name, text)).rejects.toThrow(`Settings: ${name} must be ASCII characters without spaces.`)
    },
  )
})

describe('INCODE_ALLOWED_FLOW_IDS', () => {
  it.each([
    ['', []],
    ['one', ['one']],
    [' one ,, Two,', ['one', 'Two']],
  ])('parses %j as %j', async (text, flows) => {
    expect(await read('INCODE_ALLOWED_FLOW_IDS', text)).toEqual(flows)
  })
})

describe('settings of a provider that is not configured', () => {
  it.each([
    ['INCODE_', [['INCODE_ALLOWED_FLOW_IDS', []]]],
    [
      'HLSERVER_',
      [
        ['HLSERVER_SESSION_ID', 'list'],
        ['HLSERVER_PIN_MINUTES', 60],
        ['HLSERVER_PIN_DIGITS', 4],
      ],
    ],
    ['SETHEALTH_', [['SETHEALTH_API_URL', 'https://api.set.health']]],
    ['SENSEMAP_', [['SENSEMAP_API', 'https://api.opensensemap.org']]],
    [
      'OSEM_',
      [
        ['OSEM_UPLOAD', false],
        ['OSEM_NAME', 'latchkey'],
        ['OSEM_BOXES', /^(?:.*)$/u],
        ['OSEM_COLUMNS', /^(?:.*)$/u],
        ['OSEM_MIN_SECONDS_BETWEEN_UPLOADS', 0],
        ['OSEM_MAX_POSITION_CHANGE', Infinity],
        ['OSEM_POSTS_PER_MINUTE', 15],
        ['OSEM_MAX_ATTEMPTS', 30],
      ],
    ],
  ])('are absent: %s, except for %j', async (start, defaults) => {
    const names = SETTING_NAMES.filter((name) => name.startsWith(start))
    expect(names.length).toBeGreaterThan(2)
    for (const name of names) process.env[name] = ''
    const present = Object.entries(await getSettings(...names)).filter(([, value]) => value !== undefined)
    expect(present).toEqual(defaults)
  })
})

describe('numbers of Help Lightning', () => {
  it.each([
    ['HLSERVER_PIN_DIGITS', '4', 4],
    ['HLSERVER_PIN_DIGITS', '12', 12],
    ['HLSERVER_PIN_MINUTES', '1', 1],
    ['HLSERVER_PIN_MINUTES', '1440', 1_440],
    ['HLSERVER_SESSION_ID', 'list', 'list'],
    ['HLSERVER_SESSION_ID', 'string', 'string'],
  ] as const)('%s=%s', async (name, text, value) => {
    expect(await read(name, text)).toBe(value)
  })

  it.each([
    ['HLSERVER_PIN_DIGITS', '3', 'must be a whole number from 4 to 12'],
    ['HLSERVER_PIN_DIGITS', '13', 'must be a whole number from 4 to 12'],
    ['HLSERVER_PIN_DIGITS', '4.5', 'must be a whole number from 4 to 12'],
    ['HLSERVER_PIN_DIGITS', 'four', 'must be a whole number from 4 to 12'],
    ['HLSERVER_PIN_MINUTES', '0', 'must be at least 1 minute'],
    ['HLSERVER_PIN_MINUTES', '1441', 'must be at most 1440 minutes, which is a day'],
    ['HLSERVER_SESSION_ID', 'List', 'must be list or string'],
  ] as const)('%s=%s %s', async (name, text, sentence) => {
    await expect(read(name, text)).rejects.toThrow(`Settings: ${name} ${sentence}.`)
  })
})

describe('settings of openSenseMap', () => {
  it.each([
    ['OSEM_UPLOAD', 'true', true],
    ['OSEM_UPLOAD', 'false', false],
    ['OSEM_UPLOAD', 'True', true],
    ['OSEM_UPLOAD', 'TRUE', true],
    ['OSEM_UPLOAD', 'False', false],
    ['OSEM_NAME', 'Größe & "co"', 'Größe & "co"'],
    ['OSEM_NAME', 'x'.repeat(64), 'x'.repeat(64)],
    ['OSEM_WEBLINK', 'https://a.example/b?c=d#e', 'https://a.example/b?c=d#e'],
    ['OSEM_WEBLINK', 'http://a.example', 'http://a.example'],
    ['OSEM_CLIENTS', ' one ,, Two,', ['one', 'Two']],
    ['OSEM_CLIENTS', ',', []],
    ['OSEM_DEFAULT_POSITION', '48.52,9.05', { lat: 48.52, lon: 9.05 }],
    ['OSEM_DEFAULT_POSITION', ' -90 , 180 , -11.5 ', { lat: -90, lon: 180, height: -11.5 }],
    ['OSEM_DEFAULT_POSITION', '90,-180,0', { lat: 90, lon: -180, height: 0 }],
    ['OSEM_DEFAULT_POSITION', '35.68,139.69', { lat: 35.68, lon: 139.69 }],
    ['OSEM_MIN_SECONDS_BETWEEN_UPLOADS', '0', 0],
    ['OSEM_MIN_SECONDS_BETWEEN_UPLOADS', '0.5', 0.5],
    ['OSEM_MIN_SECONDS_BETWEEN_UPLOADS', '86400', 86_400],
    ['OSEM_MAX_POSITION_CHANGE', '0', 0],
    ['OSEM_MAX_POSITION_CHANGE', '0.01', 0.01],
    ['OSEM_POSTS_PER_MINUTE', '1', 1],
    ['OSEM_POSTS_PER_MINUTE', '600', 600],
    ['OSEM_MAX_ATTEMPTS', '1', 1],
    ['OSEM_MAX_ATTEMPTS', '1000', 1_000],
    ['SENSEMAP_EMAIL', 'a@b.example', 'a@b.example'],
    ['SENSEMAP_USERNAME', 'Latchkey', 'Latchkey'],
    ['SENSEMAP_PASSWORD', ' a secret ', ' a secret '],
  ] as const)('%s=%s', async (name, text, value) => {
    expect(await read(name, text)).toEqual(value)
  })

  const POSITION =
    'must be latitude,longitude (-90 to 90 and -180 to 180 degrees), optionally followed by ,height in metres'
  const POSTS = 'must be a whole number from 1 to 600'
  const ATTEMPTS = 'must be a whole number from 1 to 1000'
  it.each([
    ['OSEM_UPLOAD', 'yes', 'must be true or false'],
    ['OSEM_NAME', 'x'.repeat(65), 'must have at most 64 characters'],
    ['OSEM_WEBLINK', 'a.example', 'must be an http or https URL'],
    ['OSEM_WEBLINK', 'ftp://a.example', 'must be an http or https URL'],
    ['OSEM_WEBLINK', 'xhttps://a.example', 'must be an http or https URL'],
    ['OSEM_WEBLINK', 'httpx://a.example', 'must be an http or https URL'],
    ['OSEM_WEBLINK', 'javascript:secret', 'must be an http or https URL'],
    ['OSEM_BOXES', '(secret', 'must be a regular expression'],
    ['OSEM_COLUMNS', '[secret', 'must be a regular expression'],
    ...['48.52', '48.52,', ',9.05', '90.1,0', '-90.1,0', '0,180.1', '0,-180.1', '139.69,35.68', '1,2,3,4', '1,2,'].map(
      (text) => ['OSEM_DEFAULT_POSITION', text, POSITION] as const,
    ),
    ...['north,east', '1 2', '1;2', '1,2,high', '1e1,2', '+1,2', '.5,1', '1.,2', '1,2\n,3x', 'x1,2', '1,2x'].map(
      (text) => ['OSEM_DEFAULT_POSITION', text, POSITION] as const,
    ),
    ['OSEM_MIN_SECONDS_BETWEEN_UPLOADS', '-1', 'must be at least 0'],
    ['OSEM_MIN_SECONDS_BETWEEN_UPLOADS', 'soon', 'must be a number of seconds'],
    ['OSEM_MAX_POSITION_CHANGE', '-0.1', 'must be at least 0'],
    ['OSEM_MAX_POSITION_CHANGE', 'far', 'must be a number of degrees'],
    ...['0', '601', '1.5', 'many', '-1', 'Infinity'].map((text) => ['OSEM_POSTS_PER_MINUTE', text, POSTS] as const),
    ...['0', '1001', '1.5', 'many', '-1', 'NaN'].map((text) => ['OSEM_MAX_ATTEMPTS', text, ATTEMPTS] as const),
  ] as const)('%s=%s %s', async (name, text, sentence) => {
    await expect(read(name, text)).rejects.toThrow(`Settings: ${name} ${sentence}.`)
  })

  it.each(['OSEM_BOXES', 'OSEM_COLUMNS'] as const)('compares %s as a whole, character by character', async (name) => {
    const pattern = await read(name, 'a|b.')
    expect(['a', 'b👍', 'ab', 'ba', 'xa', 'b', 'A', 'b\n'].filter((text) => pattern.test(text))).toEqual([
      'a',
      'b👍',
      'ba',
    ])
  })
})
