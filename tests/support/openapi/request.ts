import * as z from 'zod'
import type { ProofKey } from '../dpop.ts'
import type { DescribedOperation, Document, Sent } from './document.ts'

const text = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** A credential as it is sent, or a function that computes it from the body, or from path and query without one. */
export type Credential = string | ((payload: Uint8Array) => string | Promise<string>)

/** Live credentials by security scheme, and live values by those in the examples. */
export interface Live {
  url: string
  /** The key of bound tokens. */
  proofKey: ProofKey
  credentials: Record<string, Credential>
  values: Record<string, string>
}

/** Replaces the values of the example by live values in a text. */
const livenedText = (value: string, { values }: Live): string =>
  Object.entries(values).reduce((all, [shown, live]) => all.replaceAll(shown, live), value)

/** The same in any JSON value. */
export function livened(value: unknown, live: Live): unknown {
  if (typeof value === 'string') return livenedText(value, live)
  if (Array.isArray(value)) return value.map((each) => livened(each, live))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, livened(each, live)]))
}

/** A request that an API client would create from the description. */
export async function requestOf(
  document: Document,
  { method, path, requestBody }: DescribedOperation,
  { security = [], path: places = {}, query = {}, headers: more = {}, contentType, body, bytes }: Sent,
  { url, proofKey, credentials }: Live,
): Promise<{ path: string; init: RequestInit }> {
  const headers = new Headers()
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    const members = typeof value === 'object' && value !== null ? Object.entries(value) : [[name, value]]
    for (const [member, each] of members) parameters.append(String(member), text(each))
  }
  const type = contentType ?? Object.keys(requestBody?.content ?? {})[0] ?? ''
  const content = bytes !== undefined ? await bytesOf(bytes) : encoded(type, body, requestBody?.content[type]?.schema)
  const filled = path.replace(/\{(\w+)\}/g, (_all, name) => encodeURIComponent((places[name] ?? '').toWellFormed()))
  const payload = Buffer.from(content instanceof FormData ? '' : (content ?? `${filled}?${parameters}`))
  if (content !== undefined && !(content instanceof FormData)) headers.set('content-type', type)
  for (const name of security) {
    const scheme = document.components.securitySchemes[name]
    const value = await of(credentials[name] ?? '', payload)
    if (scheme?.scheme === 'DPoP')
      headers.set('dpop', await proofKey.prove({ method, url: url + filled, token: value }))
    if (scheme?.type === 'http') headers.set('authorization', `${scheme.scheme} ${value}`)
    else if (scheme?.in === 'query') parameters.append(scheme.name ?? '', value)
    else headers.set(scheme?.name ?? '', value)
  }
  for (const [name, value] of Object.entries(more)) headers.set(name, value)
  const search = parameters.size > 0 ? `?${parameters}` : ''
  return { path: filled + search, init: { method, headers, ...(content !== undefined && { body: content }) } }
}

const of = (credential: Credential, payload: Uint8Array) =>
  typeof credential === 'string' ? credential : credential(payload)

const bytesOf = async (uri: string) => new Uint8Array(await (await fetch(uri)).arrayBuffer())

const fields = z.record(z.string(), z.unknown())

const arrays = z.object({ properties: z.record(z.string(), z.looseObject({ items: z.unknown().optional() })) })

function encoded(type: string, body: unknown, schema: unknown): string | FormData | undefined {
  if (body === undefined) return undefined
  if (typeof body === 'string') return body
  if (type === 'multipart/form-data') {
    const form = new FormData()
    const { properties } = arrays.parse(schema)
    for (const [name, value] of Object.entries(fields.parse(body))) {
      const isFile = JSON.stringify(properties[name]?.items ?? {}).includes('"binary"')
      for (const each of Array.isArray(value) ? value : [value])
        form.append(name, isFile ? new File([text(each)], 'notes.txt', { type: 'text/plain' }) : text(each))
    }
    return form
  }
  if (type !== 'application/x-www-form-urlencoded') return JSON.stringify(body)
  const parameters = new URLSearchParams()
  for (const [name, value] of Object.entries(fields.parse(body)))
    for (const each of Array.isArray(value) ? value : [value]) parameters.append(name, text(each))
  return parameters.toString()
}
