import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Request } from '../../../lib/http/request.ts'
import { startInput } from '../../../lib/identity/start-input.ts'
import { rejection } from '../../support/problems.ts'

const requestOf = (query: Record<string, string> | string, body?: unknown): Request => {
  const rawQuery = new URLSearchParams(query).toString()
  return {
    id: 'id',
    method: 'POST',
    path: '/start',
    rawQuery,
    query: new URLSearchParams(rawQuery),
    pathParameters: {},
    address: '192.0.2.1',
    headers: { 'content-type': 'application/json' },
    rawBody: Buffer.from(body === undefined ? '' : JSON.stringify(body)),
    receivedAt: 0,
    deadline: 0,
  }
}

const read = async (query: Record<string, string> | string, body?: unknown) => startInput(requestOf(query, body))

/** Names of the invalid fields in a rejection. */
const faulty = async (query: Record<string, string> | string, body?: unknown) => {
  const { code, issues } = await rejection(read(query, body))
  expect(code).toBe('parameter_invalid')
  return issues.map(({ field }) => field)
}

describe('a redirect URL', () => {
  it.each([
    ['https://app.example/done'],
    ['http://app.example', 'http://app.example/'],
    ['HTTPS://App.Example:8443/a?b=c#d', 'https://app.example:8443/a?b=c#d'],
    ['https://app.example:443/a/../b/./c', 'https://app.example/b/c'],
    ['https://app.example\\@evil.example/', 'https://app.example/@evil.example/'],
    ['https://0x7f.1/', 'https://127.0.0.1/'],
    ['https://app.example/"<>`', 'https://app.example/%22%3C%3E%60'],
    ['http://localhost:3000/'],
    ['http://127.0.0.1:8080/callback'],
    ['http://[::1]/'],
    ['https://app.example/a%20b'],
    ['https://app.example/@me'],
    ['https://bücher.example/ü', 'https://xn--bcher-kva.example/%C3%BC'],
    ['com.example.app:/done'],
    ['com.example.app://done?a=b'],
    ['COM.Example-App.v2:done', 'com.example-app.v2:done'],
    [`https://app.example/${'a'.repeat(2_028)}`],
  ])('may be %s, and is normalised', async (given, redirectUrl = given) => {
    for (const name of ['redirectUrl', 'redirectionUrl']) {
      expect(await read({ [name]: given })).toEqual({ redirectUrl, uniqueId: undefined })
      expect(await read({}, { [name]: given })).toEqual({ redirectUrl, uniqueId: undefined })
    }
  })

  it.each([
    '',
    'app.example/done',
    '/done',
    '//app.example/done',
    '\\\\app.example',
    'https:app.example',
    'https:/app.example',
    'https:///app.example',
    'https:\\\\app.example',
    'https://',
    'javascript:alert(1)',
    'JavaScript:alert(1)',
    'javascript://app.example/%0Aalert(1)',
    'data:text/html,x',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://app.example/x',
    'about:blank',
    'ftp://app.example/',
    'myapp://done',
    'myapp:done.with.a.dot',
    '.app:/done',
    'com.:/done',
    'https://user@app.example/',
    'https://user:pass@app.example/',
    'https://:pass@app.example/',
    'https://app.example/a b',
    ' https://app.example/',
    'https://app.example/\n',
    'https://app.exa\nmple/',
    'java\nscript:alert(1)',
    'com.example\t.app:/done',
    'https://app.example/\u0000',
    'https://app.example/\u00a0',
    'https://app.example/\u2028',
    `https://app.example/${'a'.repeat(2_029)}`,
    `com.example.app:/${'a'.repeat(2_032)}`,
  ])('may not be %j', async (redirectUrl) => {
    expect(await faulty({ redirectUrl })).toContain('redirectUrl')
    expect(await faulty({}, { redirectionUrl: redirectUrl })).toContain('redirectionUrl')
  })

  it('may not contain a lone surrogate', async () => {
    expect(await faulty({}, { redirectUrl: 'https://app.example/\ud800' })).toEqual(['redirectUrl'])
  })

  it('is never a script URL, whatever follows', async () => {
    const scheme = fc.constantFrom('javascript:', 'JAVASCRIPT:', ' javascript:', 'java\tscript:', 'data:', 'vbscript:')
    await fc.assert(
      fc.asyncProperty(scheme, fc.string(), async (start, rest) => {
        expect(await faulty({}, { redirectUrl: start + rest })).toContain('redirectUrl')
      }),
    )
  })

  it('is normalised as in a browser, and its normal form is accepted', async () => {
    await fc.assert(
      fc.asyncProperty(fc.webUrl({ withFragments: true, withQueryParameters: true }), async (given) => {
        const redirectUrl = new URL(given).href
        expect(await read({ redirectUrl: given })).toEqual({ redirectUrl, uniqueId: undefined })
        expect(await read({ redirectUrl })).toEqual({ redirectUrl, uniqueId: undefined })
      }),
    )
  })

  it('has two names', async () => {
    const [a, b] = ['https://a.example/', 'https://b.example/']
    expect(await read({ redirectionUrl: a })).toEqual({ redirectUrl: a, uniqueId: undefined })
    expect(await read({ redirectUrl: a, redirectionUrl: a })).toEqual({ redirectUrl: a, uniqueId: undefined })
    expect(await read({ redirectUrl: a }, { redirectionUrl: a })).toEqual({ redirectUrl: a, uniqueId: undefined })
    const same = { redirectUrl: a, redirectionUrl: 'HTTPS://A.example' }
    expect(await read(same)).toEqual({ redirectUrl: a, uniqueId: undefined })
    expect(await faulty({ redirectUrl: a, redirectionUrl: b })).toEqual(['redirectUrl'])
    expect(await faulty({ redirectUrl: a }, { redirectUrl: a })).toEqual(['redirectUrl'])
  })
})

describe('a language', () => {
  it.each(['en', 'en-US', 'es-419', 'zh-Hant-TW', 'fil', 'de-CH-1901', 'EN-us'])('may be %s', async (language) => {
    expect(await read({ language })).toEqual({ language, uniqueId: undefined })
  })

  it.each(['', 'e', 'english', 'en_US', 'en-', '-US', 'en--US', 'en US', '12', 'en-US\n', 'en-123456789', 'ünï'])(
    'may not be %j',
    async (language) => {
      expect(await faulty({ language })).toEqual(['language'])
    },
  )

  it('has at most 35 characters', async () => {
    const long = `en${'-abcdefg'.repeat(3)}`
    expect((await read({ language: `${long}-abcdefgh` })).language).toHaveLength(35)
    expect(await faulty({ language: `${long}-abcdefg-a` })).toEqual(['language'])
  })
})

describe('the input of a start', () => {
  it('may be empty, in the query and in the body', async () => {
    expect(await read({})).toEqual({ uniqueId: undefined })
    expect(await read({}, {})).toEqual({ uniqueId: undefined })
  })

  it('is merged from query and body', async () => {
    expect(await read({ flowId: 'flow' }, { externalCustomerId: 'ü', language: 'de' })).toEqual({
      flowId: 'flow',
      externalCustomerId: 'ü',
      language: 'de',
      uniqueId: undefined,
    })
  })

  it('is rejected if it is unknown, repeated, too long or not text', async () => {
    expect(await faulty({ redirecturl: 'https://a.example/' })).toEqual(['redirecturl'])
    expect(await faulty('language=en&language=de')).toEqual(['language'])
    expect(await faulty({}, { externalCustomerId: '' })).toEqual(['externalCustomerId'])
    expect(await faulty({}, { externalCustomerId: 'a'.repeat(257) })).toEqual(['externalCustomerId'])
    expect(await faulty({}, { externalCustomerId: '\udc00' })).toEqual(['externalCustomerId'])
    expect(await faulty({}, { flowId: 'a'.repeat(65), language: 1 })).toEqual(['language', 'flowId'])
  })

  it.each(['uniqueId', 'uuid'])('for an existing session is only its %s', async (name) => {
    expect(await read({ [name]: 'a_B-1' })).toEqual({ uniqueId: 'a_B-1' })
    expect(await read({}, { [name]: 'a'.repeat(64) })).toEqual({ uniqueId: 'a'.repeat(64) })
    for (const id of ['', 'a b', 'a/b', 'a'.repeat(65), 'ü', 'a\n'])
      expect(await faulty({ [name]: id })).toEqual([name])
    const more = { language: 'en', flowId: 'f', externalCustomerId: 'c', redirectionUrl: 'https://a.example/' }
    expect(await faulty({ [name]: 'a' }, more)).toEqual(['externalCustomerId', 'language', 'flowId', 'redirectUrl'])
  })

  it('has two names for the uniqueId', async () => {
    expect(await read({ uniqueId: 'a', uuid: 'a' })).toEqual({ uniqueId: 'a' })
    expect(await read({ uuid: 'a' }, { uniqueId: 'a' })).toEqual({ uniqueId: 'a' })
    expect(await faulty({ uniqueId: 'a', uuid: 'b' })).toEqual(['uuid'])
    expect(await faulty({ uuid: 'a' }, { uniqueId: 'A' })).toEqual(['uuid'])
    expect(await faulty({ uuid: 'a' }, { uuid: 'a' })).toEqual(['uuid'])
    expect(await faulty({ uniqueId: 'a', uuid: 'b', language: 'en' })).toEqual(['uuid', 'language'])
  })
})
