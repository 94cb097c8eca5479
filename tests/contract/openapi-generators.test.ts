// @module-tag local-only
// It checks the description, not the HTTP API.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { apiDescription } from '../../lib/openapi/document.ts'
import { codeBlocks } from '../support/markdown.ts'
import { operationsOf, readDocument } from '../support/openapi/document.ts'

const document = readDocument(JSON.stringify(apiDescription()))
const operations = operationsOf(document)
const record = z.record(z.string(), z.unknown())

interface Place {
  path: string
  schema: Record<string, unknown>
}

const DATA = new Set(['examples', 'x-examples', 'x-request', 'default', 'enum'])

/** Every object of the description that is not an example. */
function placesOf(value: unknown, path = ''): Place[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => placesOf(item, `${path}/${index}`))
  const { data } = record.safeParse(value)
  if (!data) return []
  const inside = Object.entries(data).filter(([name]) => !DATA.has(name))
  return [{ path, schema: data }, ...inside.flatMap(([name, member]) => placesOf(member, `${path}/${name}`))]
}

const places = placesOf({ paths: document.paths, components: document.components })
const pathsOf = (isWrong: (schema: Record<string, unknown>) => boolean) =>
  places.filter(({ schema }) => isWrong(schema)).map(({ path }) => path)
const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const typeOf = (value: unknown) => record.safeParse(value).data?.['type']

/** Classes that the libraries and languages of generated clients have. */
const CLASSES = new Set(
  (
    'Any Array Body Boolean Call Callback Class Client Configuration Connection Cookie Data Date Dict Error Event Exception Fault File Headers Integer Interceptor List Map Message Model ' +
    'Number Object Operation Optional Process Request Response Result Session Set String Task Type Unit Unset URL UUID'
  ).split(' '),
)

/** What decision 13 in docs/contributing/decisions has reasons for. */
describe('for generators of clients, the description has', () => {
  it('no number or boolean as a constant', () => {
    expect(pathsOf(({ const: value }) => typeof value === 'number' || typeof value === 'boolean')).toEqual([])
  })

  it('no list of types, and no union with null', () => {
    const hasNull = ({ anyOf, oneOf }: Record<string, unknown>) =>
      [...listOf(anyOf), ...listOf(oneOf)].some((option) => typeOf(option) === 'null')
    expect(pathsOf((schema) => Array.isArray(schema['type']) || hasNull(schema))).toEqual([])
  })

  it('no allOf', () => {
    expect(pathsOf(({ allOf }) => Array.isArray(allOf))).toEqual([])
  })

  it('unions of named schemas only', () => {
    const isUnnamed = (option: unknown) => record.parse(option)['$ref'] === undefined
    expect(pathsOf(({ anyOf, oneOf }) => [...listOf(anyOf), ...listOf(oneOf)].some(isUnnamed))).toEqual([])
  })

  it('no schema with the name of a class of a library', () => {
    expect(Object.keys(document.components.schemas).filter((name) => CLASSES.has(name))).toEqual([])
  })

  it('one named schema in each error response', () => {
    const wrong = operations.flatMap(({ operationId, responses }) =>
      Object.entries(responses).flatMap(([status, { content }]) => {
        const schema = content['application/problem+json']?.schema
        const isNamed = /\/(?:Incode)?Problem$/.test(String(schema?.['$ref']))
        return schema && !isNamed ? [`${operationId} ${status}`] : []
      }),
    )
    expect(wrong).toEqual([])
  })

  it('objects as JSON bodies, and JSON before other types of a body', () => {
    const wrong = operations.filter(({ requestBody }) => {
      const types = Object.keys(requestBody?.content ?? {})
      const schema = requestBody?.content['application/json']?.schema
      const name = String(schema?.['$ref']).split('/').at(-1) ?? ''
      return (
        schema && (types[0] !== 'application/json' || typeOf(document.components.schemas[name] ?? schema) !== 'object')
      )
    })
    expect(wrong.map(({ operationId }) => operationId)).toEqual([])
  })

  it('bodies of a type that clients of Swift send', () => {
    const sent = [
      'application/json',
      'application/octet-stream',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
    ]
    const wrong = operations.filter(
      ({ requestBody }) => requestBody && !sent.includes(Object.keys(requestBody.content)[0] ?? ''),
    )
    // InfluxDB decides its type.
    expect(wrong.map(({ operationId }) => operationId)).toEqual(['writeLineProtocol'])
  })

  it('no list of a named schema that is a map', () => {
    const isMap = (name: string) => {
      const schema = document.components.schemas[name] ?? {}
      return schema['properties'] === undefined && schema['additionalProperties'] !== undefined
    }
    const itemOf = ({ items }: Record<string, unknown>) =>
      String(record.safeParse(items).data?.['$ref']).split('/').at(-1) ?? ''
    expect(pathsOf((schema) => isMap(itemOf(schema)))).toEqual([])
  })

  it('no slash in a pattern', () => {
    expect(pathsOf(({ pattern }) => typeof pattern === 'string' && pattern.includes('/'))).toEqual([])
  })

  it('JSON first where a response has other types, too', () => {
    const wrong = operations.filter(({ responses }) => {
      const types = Object.keys(responses['200']?.content ?? {})
      return types.includes('application/json') && types[0] !== 'application/json'
    })
    // The contents of a file have the type of the file.
    expect(wrong.map(({ operationId }) => operationId)).toEqual(['getSubmissionPart', 'getAsset'])
  })

  it('no object with documented and further members', () => {
    expect(
      pathsOf(
        (schema) =>
          schema['type'] === 'object' &&
          schema['properties'] !== undefined &&
          schema['additionalProperties'] !== undefined,
      ),
    ).toEqual([])
  })

  it('no form with further fields', () => {
    const forms = ['multipart/form-data', 'application/x-www-form-urlencoded']
    const wrong = operations.filter(({ requestBody }) =>
      forms.some((type) => requestBody?.content[type]?.schema['additionalProperties'] !== undefined),
    )
    expect(wrong.map(({ operationId }) => operationId)).toEqual([])
  })

  it('members that a response requires only with a type', () => {
    const wrong = pathsOf(({ properties, required }) => {
      const members = record.safeParse(properties).data ?? {}
      const isUntyped = (name: unknown) =>
        ['type', '$ref', 'anyOf', 'enum', 'const'].every(
          (keyword) => record.parse(members[String(name)])[keyword] === undefined,
        )
      return listOf(required).some(isUntyped)
    })
    expect(wrong).toEqual([])
  })

  it('the bearer token named in each bearer scheme', () => {
    const bearers = Object.entries(document.components.securitySchemes).filter(([, { scheme }]) => scheme === 'bearer')
    expect(
      bearers.map(([name, { description }]) => [
        name,
        /\b(?:auth|admin|user|share) token\b/.exec(String(description))?.[0],
      ]),
    ).toEqual([
      ['authToken', 'auth token'],
      ['adminToken', 'admin token'],
      ['shareToken', 'share token'],
      ['userToken', 'user token'],
    ])
  })

  it('names of operations that are one word for programs, and summaries that name the thing', () => {
    const ids = operations.map(({ operationId }) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids.filter((id) => !/^[a-z]+(?:[A-Z][a-zA-Z]*)?$/.test(id))).toEqual([])
    const vague = operations.filter(
      ({ summary }) => !/^[A-Z][^.]{3,70}$/.test(summary) || /\b(?:this|whether)\b/i.test(summary),
    )
    expect(vague.map(({ operationId, summary }) => `${operationId}: ${summary}`)).toEqual([])
  })

  it('a parameter that asks for JSON where a browser is redirected', () => {
    const redirects = operations.filter(({ responses }) => responses['302'])
    const lacking = redirects.filter(({ parameters }) => {
      const schema = parameters.find(({ name }) => name === 'response')?.schema ?? {}
      return JSON.stringify(schema['enum'] ?? [schema['const']]) !== '["json"]'
    })
    expect([redirects.length, lacking.map(({ operationId }) => operationId)]).toEqual([1, []])
  })
})

describe('the guide to generated clients', () => {
  const blocks = codeBlocks(readFileSync('docs/guides/clients.md', 'utf8'))
  const linesOf = (text: string) => text.split('\n').map((line) => line.trim())

  it.each([
    ['python generated', 'tests/clients/python/scenario.py'],
    ['kotlin generated', 'tests/clients/kotlin/Scenario.kt'],
    ['swift generated', 'tests/clients/swift6/main.swift'],
  ])('has lines in %s that %s runs', (language, file) => {
    const shown = blocks.filter((block) => block.language === language).flatMap(({ code }) => linesOf(code))
    const run = linesOf(readFileSync(file, 'utf8'))
    expect(shown.length).toBeGreaterThan(3)
    expect(shown.filter((line) => !run.includes(line))).toEqual([])
  })
})
