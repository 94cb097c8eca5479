import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import Negotiator from 'negotiator'
import { Problem } from '../../lib/core/problem.ts'
import type { Request } from '../../lib/http/request.ts'
import { binary, empty, type RawResponse, text } from '../../lib/http/response.ts'
import { PAGE_POLICY } from './page-policy.ts'

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
 * Policy of the API reference: openapi-explorer writes style elements and attributes while it runs, so hashes cannot list
 * them. Scripts are as strict as on other pages.
 */
const REFERENCE_POLICY = PAGE_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")

/** Files that this container has read: they do not change during its life. */
const files = new Map<string, Promise<File>>()

/** Returns a file of the built pages: 304 if the ETag matches, gzipped if the client accepts gzip. Throws not_found. */
export async function fileResponse(folder: URL, name: string, { headers }: Request): Promise<RawResponse> {
  const type = TYPES[/^[\w-]+\.([a-z]+)$/.exec(name)?.[1] ?? '']
  if (type === undefined) throw pageNotFound()
  const pending = files.get(name) ?? read(new URL(name, folder), type)
  files.set(name, pending)
  const file = await pending.catch(() => {
    files.delete(name)
    throw pageNotFound()
  })
  const common = {
    etag: file.etag,
    'cache-control': 'public, max-age=300',
    // The path / returns a page or JSON, depending on Accept.
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
