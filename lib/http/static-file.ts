import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import Negotiator from 'negotiator'
import { Problem } from '../core/problem.ts'
import { PAGE_POLICY } from './page-policy.ts'
import type { Request } from './request.ts'
import { binary, empty, type RawResponse, text } from './response.ts'

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  json: 'application/json',
}

interface File {
  type: string
  etag: string
  plain: Buffer
  zipped: Buffer
}

/**
 * Of the API reference: openapi-explorer puts its theme and layout into style elements and attributes, some as it is
 * used, so that no hashes could name them. Scripts are kept as strictly as elsewhere.
 */
const REFERENCE_POLICY = PAGE_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")

/** Files as this container has read them: they never change under it. */
const kept = new Map<string, Promise<File>>()

/** One file of the built pages; 304 for a caller that has it already, zipped for one that can unzip. */
export async function fileResponse(folder: URL, name: string, { headers }: Request): Promise<RawResponse> {
  const type = TYPES[/^[\w-]+\.([a-z]+)$/.exec(name)?.[1] ?? '']
  if (type === undefined) throw pageNotFound()
  const known = kept.get(name) ?? read(new URL(name, folder), type)
  kept.set(name, known)
  const file = await known.catch(() => {
    kept.delete(name)
    throw pageNotFound()
  })
  const common = {
    etag: file.etag,
    'cache-control': 'public, max-age=300',
    // What is at / depends on who asks.
    vary: 'accept, accept-encoding',
    'content-security-policy': name === 'docs.html' ? REFERENCE_POLICY : PAGE_POLICY,
  }
  if (headers['if-none-match']?.split(',').some((tag) => tag.trim() === file.etag)) return empty(304, common)
  const accepted = new Negotiator({ headers: { 'accept-encoding': headers['accept-encoding'] ?? 'identity' } })
  const zips = accepted.encoding(['gzip', 'identity']) === 'gzip'
  return zips
    ? binary(200, file.type, file.zipped, { ...common, 'content-encoding': 'gzip' })
    : text(file.type, file.plain.toString(), common)
}

async function read(place: URL, type: string): Promise<File> {
  const plain = await readFile(place)
  const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`
  return { type, etag, plain, zipped: gzipSync(plain) }
}

export const pageNotFound = () => new Problem('not_found', 'There is no such page.')
