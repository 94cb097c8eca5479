import { generateKeyPairSync } from 'node:crypto'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ConfigError } from '../../../lib/config/config-error.ts'
import { clearSettingsCache, getSettings } from '../../../lib/config/settings.ts'
import { OPENABLE_ENDPOINTS, SETTING_NAMES, validateSetting } from '../../../lib/config/settings-table.ts'
import { SIGNING_ALGORITHMS } from '../../../lib/core/signing-algorithms.ts'
import { DEFAULT_TIME_COLUMNS } from '../../../lib/core/time-columns.ts'
import { makeSigningKey } from '../../../lib/crypto/deployment-secrets.ts'

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

const KEY = { kty: 'OKP', crv: 'Ed25519', kid: 'k', x: 'eA' }

describe('settings', () => {
  it('have the documented defaults, also if their text is empty', async () => {
    process.env['TOKEN_MINUTES'] = ''
    expect(
      await getSettings(
        'PORT',
        'HOST',
        'TOKEN_MINUTES',
        'TOKEN_MINUTES_MAX',
        'UPLOAD_REQUIRES_AUTH',
        'TIME_COLUMNS',
        'CHECKSUM_SALTS',
      ),
    ).toEqual({
      PORT: 3000,
      HOST: '127.0.0.1',
      TOKEN_MINUTES: 90,
      TOKEN_MINUTES_MAX: 1440,
      UPLOAD_REQUIRES_AUTH: true,
      TIME_COLUMNS: [...DEFAULT_TIME_COLUMNS],
      CHECKSUM_SALTS: [],
    })
  })

  it('read TAGS, whose keys differ also in lower case', async () => {
    expect((await getSettings('TAGS')).TAGS).toEqual({})
    clearSettingsCache()
    process.env['TAGS'] = 'team=Air quality, cost-centre=4711,url=https://app.example'
    expect((await getSettings('TAGS')).TAGS).toEqual({
      team: 'Air quality',
      'cost-centre': '4711',
      url: 'https://app.example',
    })
    for (const text of ['team', '=x', 'aws:team=x', 'team=a,Team=b', 'Stage=x', 'service=x', 'team=a;b'])
      expect(validateSetting('TAGS', text), text).toMatch(/^must be tags such as team=air/)
  })

  it('are parsed once', async () => {
    process.env['TOKEN_MINUTES'] = '5'
    await getSettings('TOKEN_MINUTES')
    process.env['TOKEN_MINUTES'] = '6'
    expect((await getSettings('TOKEN_MINUTES')).TOKEN_MINUTES).toBe(5)
  })

  it.each([
    ['["a","b c"]', ['a', 'b c']],
    ['a, b', ['a', 'b']],
    ['my-super-secret-psk', ['my-super-secret-psk']],
    ['["with, comma"]', ['with, comma']],
  ])('accept %s as CHECKSUM_SALTS', async (text, salts) => {
    process.env['CHECKSUM_SALTS'] = text
    expect((await getSettings('CHECKSUM_SALTS')).CHECKSUM_SALTS).toEqual(salts)
  })

  it('match whole names with ACCEPT_COLUMNS', async () => {
    process.env['ACCEPT_COLUMNS'] = 'co2|temp.*'
    const { ACCEPT_COLUMNS } = await getSettings('ACCEPT_COLUMNS')
    expect(['co2', 'temperature', 'xco2', 'co22'].map((name) => ACCEPT_COLUMNS.test(name))).toEqual([
      true,
      true,
      false,
      false,
    ])
  })

  it('accept POWERTOOLS_LOG_LEVEL in lower case', async () => {
    process.env['POWERTOOLS_LOG_LEVEL'] = 'debug'
    expect((await getSettings('POWERTOOLS_LOG_LEVEL')).POWERTOOLS_LOG_LEVEL).toBe('DEBUG')
  })

  it('convert TIME_COLUMNS to lower case, as for columns', async () => {
    process.env['TIME_COLUMNS'] = ' Time , ,ts'
    expect((await getSettings('TIME_COLUMNS')).TIME_COLUMNS).toEqual(['time', 'ts'])
  })
})

describe('OPEN_ENDPOINTS', () => {
  it.each([
    ['start', ['start']],
    [' webhook , approve,', ['webhook', 'approve']],
    ['start,onboarding-url,onboarding-status', ['start', 'onboarding-url', 'onboarding-status']],
    [OPENABLE_ENDPOINTS.join(), OPENABLE_ENDPOINTS],
    ['none', []],
    [' none ', []],
    [',', []],
  ])('parses %j as %j', async (text, names) => {
    process.env['OPEN_ENDPOINTS'] = text
    expect((await getSettings('OPEN_ENDPOINTS')).OPEN_ENDPOINTS).toEqual(names)
  })

  it('is undefined if it is not set, unlike none', async () => {
    expect(await getSettings('OPEN_ENDPOINTS')).toEqual({ OPEN_ENDPOINTS: undefined })
  })

  it.each(['all', '*', 'Start', '/start', 'upload', 'start;auth', 'none,start', 'start auth'])(
    'rejects %j',
    async (text) => {
      process.env['OPEN_ENDPOINTS'] = text
      await expect(getSettings('OPEN_ENDPOINTS')).rejects.toThrow(
        `Settings: OPEN_ENDPOINTS must be none, or names separated by commas, out of ${OPENABLE_ENDPOINTS.join(', ')}.`,
      )
    },
  )
})

describe('a settings error', () => {
  it('names every missing or invalid setting, but no value', async () => {
    process.env['ADMIN_TOKEN'] = 'hunter2'
    process.env['TOKEN_MINUTES'] = '1.5'
    process.env['SIGNING_KEYS'] = '{"keys":[]}'
    const error = await getSettings('ADMIN_TOKEN', 'TOKEN_MINUTES', 'SIGNING_KEYS', 'SEAL_KEY', 'STAGE').catch(
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(ConfigError)
    const message = error instanceof Error ? error.message : ''
    expect(message).toBe(
      'Settings: ADMIN_TOKEN must be at least 16 letters, digits or _ ~ + / = -, or sha256: and a digest; ' +
        'TOKEN_MINUTES must be a whole number of minutes; ' +
        'SIGNING_KEYS must be a JWK set of RSA (2048 to 4096 bits), P-256 or Ed25519 keys, each with a kid; ' +
        'SEAL_KEY is missing; STAGE is missing.',
    )
  })

  it.each([
    ['OPEN_ENDPOINTS', 'start,hunter2'],
    ['INCODE_API_URL', 'hunter2'],
    ['INCODE_API_URL', 'https://hunter2:hunter2@hunter2.example/hunter2?hunter2#hunter2'],
    ['INCODE_WEBHOOK_HEADER', 'hunter2'],
    ['INCODE_WEBHOOK_HEADER', 'hunter2:hunter2'],
    ['INCODE_WEBHOOK_HEADER', 'X-Key: hunter2\nhunter2'],
    ['INCODE_WEBHOOK_HEADER', 'Cookie: hunter2-hunter2'],
    ['INCODE_API_KEY', 'hunter2 hunter2'],
    ['HLSERVER_API_KEY', 'hunter2\n'],
    ['HLSERVER_SESSION_ID', 'hunter2'],
    ['HLSERVER_PIN_DIGITS', 'hunter2'],
    ['HLSERVER_PARTNER_KEY', 'hunter2'],
    ['HLSERVER_PARTNER_KEY', '/nowhere/hunter2.pem'],
    ['HLSERVER_PARTNER_KEY', '-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----'],
    ['HLSERVER_PARTNER_KEY', 'hunter2 -----BEGIN hunter2-----'],
    ['SEAL_KEY', 'hunter2'],
    ['SEAL_KEYS', `hunter2,${'a'.repeat(43)}`],
    ['SIGNING_KEYS', '{"keys":[{"kid":"hunter2"}],hunter2'],
  ] as const)('about %s does not contain its value: %j', async (name, text) => {
    process.env[name] = text
    const error = await getSettings(name).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ConfigError)
    expect(inspect(error, { depth: Infinity, showHidden: true })).not.toContain('hunter2')
  })

  it.each([
    ['TOKEN_MINUTES_MAX', '1441', 'must be at most 1440 minutes, which is a day'],
    ['TOKEN_MINUTES', 'many', 'must be a number of minutes'],
    ['UPLOAD_REQUIRES_AUTH', 'ja', 'must be true or false'],
    ...[
      'example.org',
      'ftp://example.org',
      'https://example.org/latchkey',
      'https://example.org?',
      'https://example.org/#',
      'https://user@example.org',
      'https://',
    ].map(
      (url) => ['PUBLIC_URL', url, 'must be an http or https URL without user name, path, query or fragment'] as const,
    ),
    ...['https://api.example.org', 'API.example.org', 'example', 'api.example.org.', '-a.example.org', '127.0.0.1'].map(
      (name) => ['DOMAIN_NAME', name, 'must be a host name in lower case, such as api.example.org'] as const,
    ),
    ['CERTIFICATE_ARN', 'arn:aws:iam::1:role/x', 'must be the ARN of a certificate of AWS Certificate Manager'],
    ['ACCEPT_COLUMNS', '[', 'must be a regular expression'],
    ['CHECKSUM_SALTS', '["a"', 'must be JSON'],
    ['CHECKSUM_SALTS', 'a,,b', 'must not contain an empty salt'],
    ['CHECKSUM_SALTS', '[1]', 'must contain only strings'],
    ['SEAL_KEY', 'abc', 'must be 32 bytes in base64url'],
    ['SEAL_KEYS', `${'a'.repeat(43)},abc`, 'must be 32 bytes in base64url'],
    ['SEAL_KEYS', `${'a'.repeat(43)}, ${'a'.repeat(43)}`, 'must not repeat a key'],
    [
      'ADMIN_TOKEN',
      'has.a.dot.in.it.somewhere',
      'must be at least 16 letters, digits or _ ~ + / = -, or sha256: and a digest',
    ],
    ['VERIFICATION_KEYS', 'nonsense', 'must be JSON'],
    [
      'VERIFICATION_KEYS',
      JSON.stringify({ keys: [{ ...KEY, crv: 'Ed448' }] }),
      'must be a JWK set of RSA (2048 to 4096 bits), P-256 or Ed25519 keys, each with a kid',
    ],
    [
      'SIGNING_KEYS',
      JSON.stringify({ keys: [KEY] }),
      'must be a JWK set of RSA (2048 to 4096 bits), P-256 or Ed25519 keys, each with a kid',
    ],
    ['PORT', '0', 'must be a whole number from 1 to 65535'],
    ['POWERTOOLS_LOG_LEVEL', 'verbose', 'must be one of TRACE, DEBUG, INFO, WARN, ERROR, CRITICAL, SILENT'],
  ] as const)('%s=%s %s', async (name, text, sentence) => {
    process.env[name] = text
    await expect(getSettings(name)).rejects.toThrow(`Settings: ${name} ${sentence}.`)
  })

  it.each([
    ['https://api.example.org/', 'https://api.example.org'],
    ['https://API.example.org:443', 'https://api.example.org'],
    ['http://192.168.1.20:3000', 'http://192.168.1.20:3000'],
    ['http://[::1]:3000/', 'http://[::1]:3000'],
  ])('PUBLIC_URL has one form: %s', async (text, url) => {
    process.env['PUBLIC_URL'] = text
    expect(await getSettings('PUBLIC_URL')).toEqual({ PUBLIC_URL: url })
  })

  it('is not cached: a corrected setting is read', async () => {
    await expect(getSettings('STAGE')).rejects.toThrow('STAGE is missing')
    process.env['STAGE'] = 'prod'
    expect(await getSettings('STAGE')).toEqual({ STAGE: 'prod' })
  })
})

it('a secret that has not changed after five minutes is the same object, so that its keys are imported once', async () => {
  const set = async () => JSON.stringify({ keys: [await makeSigningKey('EdDSA')] })
  process.env['SIGNING_KEYS'] = await set()
  const read = async (minutes: number) => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + minutes * 60_000 })
    return (await getSettings('SIGNING_KEYS')).SIGNING_KEYS
  }
  const first = await read(0)
  expect(await read(6)).toBe(first)
  process.env['SIGNING_KEYS'] = await set()
  expect(await read(4)).toBe(first)
  expect(await read(6)).not.toBe(first)
  vi.useRealTimers()
})

describe('validating a setting', () => {
  it('returns an error without the value, or null', () => {
    expect(validateSetting('TOKEN_MINUTES', '90')).toBeNull()
    expect(validateSetting('TOKEN_MINUTES', '0')).toBe('must be at least 1 minute')
    expect(validateSetting('TIME_COLUMNS', ' , ')).toBe('must name at least one column')
    expect(validateSetting('SEAL_KEY', 'my-secret')).toBe('must be 32 bytes in base64url')
  })

  it('rejects a key set with duplicate kids or a half that is not 32 bytes', () => {
    const half = 'A'.repeat(43)
    const set = (...keys: object[]) => JSON.stringify({ keys: keys.map((key) => ({ ...KEY, x: half, ...key })) })
    expect(validateSetting('VERIFICATION_KEYS', set({}, { kid: 'other' }))).toBeNull()
    expect(validateSetting('VERIFICATION_KEYS', set({}, {}))).toBe('must have a different kid for each key')
    expect(validateSetting('VERIFICATION_KEYS', set({ x: 'AAAA' }))).toContain('JWK set')
    expect(validateSetting('SIGNING_KEYS', set({ d: 'AAAA' }))).toContain('JWK set')
  })

  it.each(SIGNING_ALGORITHMS)('accepts a key set of %s, with its alg only', async (alg) => {
    const key = await makeSigningKey(alg)
    const set = (change: object) => JSON.stringify({ keys: [{ ...key, ...change }] })
    for (const name of ['SIGNING_KEYS', 'VERIFICATION_KEYS'] as const) {
      expect(validateSetting(name, set({}))).toBeNull()
      expect(validateSetting(name, set({ alg: undefined, use: undefined }))).toBeNull()
      for (const other of [...SIGNING_ALGORITHMS, 'HS256', 'none', 'PS256'].filter((name) => name !== alg)) {
        expect(validateSetting(name, set({ alg: other }))).toContain('JWK set')
      }
      expect(validateSetting(name, set({ use: 'enc' }))).toContain('JWK set')
      expect(validateSetting(name, set({ kty: 'oct' }))).toContain('JWK set')
    }
    expect(validateSetting('SIGNING_KEYS', set({ d: undefined }))).toContain('JWK set')
  })

  it.each([
    [1024, false],
    [2048, true],
    [3072, true],
    [4096, true],
  ])('an RSA key of %i bits: %s', (modulusLength, isValid) => {
    const jwk = generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' })
    const fault = validateSetting('VERIFICATION_KEYS', JSON.stringify({ keys: [{ ...jwk, kid: 'k' }] }))
    expect(fault === null).toBe(isValid)
  })
})
