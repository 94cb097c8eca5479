import { describe, expect, it } from 'vitest'
import { sampleRequest } from '../../../web/docs/request.ts'
import { samplesOf } from '../../../web/docs/samples.ts'

const request = {
  name: 'any',
  method: 'POST',
  url: 'https://latchkey.example/upload',
  headers: [['X-Note', `it's $5`]],
  body: 'a\r\n"\\ \u0001',
} as const

const sources = Object.fromEntries(samplesOf(request).map(({ label, source }) => [label, source]))

describe('code samples', () => {
  it('quote texts as each language needs it', () => {
    expect(sources['curl']).toContain(`-H 'X-Note: it'\\''s $5'`)
    expect(sources['curl']).toContain(`--data-raw $'a\\r\\n"\\\\ \u0001'`)
    expect(sources['Python']).toContain(`data="a\\r\\n\\"\\\\ \\u0001".encode(),`)
    expect(sources['JavaScript']).toContain(`'X-Note': "it's $5",`)
    expect(sources['Swift']).toContain(`Data("a\\r\\n\\"\\\\ \\u{0001}".utf8)`)
    expect(sources['Kotlin']).toContain(`setRequestProperty("X-Note", "it's \\$5")`)
  })

  it('name the method unless curl has it as its default', () => {
    const curlOf = (method: string, body?: string) =>
      samplesOf({ name: '', method, url: 'https://a.example', headers: [], ...(body !== undefined && { body }) })[0]
        ?.source
    expect(curlOf('GET')).toBe(`curl 'https://a.example'`)
    expect(curlOf('HEAD')).toBe(`curl --head 'https://a.example'`)
    expect(curlOf('DELETE')).toBe(`curl -X DELETE 'https://a.example'`)
    expect(curlOf('POST', 'x')).not.toContain('-X')
  })
})

describe('the request of a sample', () => {
  const components = { securitySchemes: { queryToken: { type: 'apiKey', in: 'query', name: 'token' } } }
  const responses = { 200: { content: { 'application/json': { examples: { one: {} } } } } }

  it('has credentials in the query where the scheme says so', () => {
    const operation = { tags: [], security: [{ queryToken: [] }], responses }
    expect(sampleRequest({ components }, '', '/a', 'get', operation)?.url).toBe('/a?token=QUERY_TOKEN')
  })

  it('does not exist without a successful example, or for a body that is not text', () => {
    const bytes = { content: { 'a/b': { examples: { one: { 'x-request': { bytes: 'data:,' } } } } } }
    expect(sampleRequest({ components }, '', '/a', 'get', { tags: [], responses: { 400: {} } })).toBeNull()
    expect(sampleRequest({ components }, '', '/a', 'get', { tags: [], responses: { 200: bytes } })).toBeNull()
  })
})
