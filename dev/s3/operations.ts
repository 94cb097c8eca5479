import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { invalidRequest, noSuchKey, S3Error } from './error.ts'
import type { Body, BucketStore, StoredObject } from './store.ts'
import { type Elements, parseParts, xmlDocument } from './xml.ts'

/** A request to the bucket, whose signature is valid. */
export interface BucketRequest {
  method: string
  /** Without the bucket; empty for the bucket itself. */
  key: string
  query: URLSearchParams
  headers: Readonly<Record<string, string | string[] | undefined>>
  body: Body
}

export interface BucketResponse {
  status: number
  headers: Record<string, string>
  body?: string | Readable
}

const KEY_BYTES = 1_024
const PARTS = 10_000
const PAGE = 1_000
/** The list of all parts has fewer bytes. */
const XML_BYTES = 2_000_000

/** The names that S3's documentation gives to the operations. */
export type Operation =
  | 'AbortMultipartUpload'
  | 'CompleteMultipartUpload'
  | 'CreateMultipartUpload'
  | 'DeleteObject'
  | 'GetObject'
  | 'HeadObject'
  | 'ListObjectsV2'
  | 'ListParts'
  | 'PutObject'
  | 'UploadPart'

/** The operation of a request; undefined for those that Latchkey does not use. */
export function operationOf({ method, key, query }: Pick<BucketRequest, 'method' | 'key' | 'query'>) {
  const target = key === '' ? 'bucket' : query.has('uploads') ? 'uploads' : query.has('uploadId') ? 'upload' : 'object'
  const operations: Readonly<Record<string, Operation>> = {
    'GET bucket': 'ListObjectsV2',
    'POST uploads': 'CreateMultipartUpload',
    'PUT upload': 'UploadPart',
    'GET upload': 'ListParts',
    'POST upload': 'CompleteMultipartUpload',
    'DELETE upload': 'AbortMultipartUpload',
    'PUT object': 'PutObject',
    'GET object': 'GetObject',
    'HEAD object': 'HeadObject',
    'DELETE object': 'DeleteObject',
  }
  return operations[`${method} ${target}`]
}

/** Carries out a request as S3 does. Throws an S3Error. */
export function respond(store: BucketStore, bucket: string, request: BucketRequest): Promise<BucketResponse> {
  const { key, query, headers, body } = request
  const operation = operationOf(request)
  if (operation === undefined) throw new S3Error(501, 'NotImplemented', 'The local bucket has no such operation.')
  if (Buffer.byteLength(key) > KEY_BYTES) throw new S3Error(400, 'KeyTooLongError', 'The key is too long.')
  const type = String(headers['content-type'] ?? 'application/octet-stream')
  const id = query.get('uploadId') ?? ''
  const responses: Readonly<Record<Operation, () => Promise<BucketResponse>>> = {
    ListObjectsV2: () => listObjects(store, bucket, query),
    async CreateMultipartUpload() {
      const UploadId = await store.startTransfer(key, type)
      return xml({ InitiateMultipartUploadResult: { Bucket: bucket, Key: key, UploadId } })
    },
    async UploadPart() {
      const number = Number(query.get('partNumber'))
      if (!Number.isInteger(number) || number < 1 || number > PARTS)
        throw new S3Error(400, 'InvalidArgument', `Part number must be an integer between 1 and ${PARTS}.`)
      return empty(200, { etag: `"${await store.putPart(key, id, number, body)}"` })
    },
    ListParts: () => listParts(store, request),
    async CompleteMultipartUpload() {
      if (body.size > XML_BYTES) throw invalidRequest('The list of parts is too long.')
      const parts = parseParts(await text(body.stream))
      const etag = await store.complete(key, id, parts)
      return xml({ CompleteMultipartUploadResult: { Bucket: bucket, Key: key, ETag: `"${etag}"` } })
    },
    async AbortMultipartUpload() {
      await store.abort(key, id)
      return empty(204)
    },
    async PutObject() {
      return empty(200, { etag: `"${await store.put(key, type, body)}"` })
    },
    GetObject: async () => readObject(store, await findObject(store, request), request),
    async HeadObject() {
      const object = await findObject(store, request)
      return empty(200, { ...objectHeaders(object, query), 'content-length': String(object.size) })
    },
    async DeleteObject() {
      await store.remove(key)
      return empty(204)
    },
  }
  return responses[operation]()
}

const empty = (status: number, headers: Record<string, string> = {}): BucketResponse => ({ status, headers })

export const xml = (elements: Elements, status = 200): BucketResponse => ({
  status,
  headers: { 'content-type': 'application/xml' },
  body: xmlDocument(elements),
})

async function listObjects(store: BucketStore, bucket: string, query: URLSearchParams): Promise<BucketResponse> {
  if (query.get('list-type') !== '2') throw new S3Error(501, 'NotImplemented', 'The local bucket lists by version 2.')
  const prefix = query.get('prefix') ?? ''
  const limit = Math.min(Number(query.get('max-keys') ?? PAGE), PAGE)
  const after = query.get('continuation-token') ?? ''
  const objects = (await store.list(prefix)).filter(({ key }) => key > after)
  const page = objects.slice(0, limit)
  const isTruncated = page.length < objects.length
  return xml({
    ListBucketResult: {
      Name: bucket,
      Prefix: prefix,
      KeyCount: page.length,
      MaxKeys: limit,
      IsTruncated: isTruncated,
      ...(isTruncated && { NextContinuationToken: page.at(-1)?.key ?? '' }),
      Contents: page.map(({ key, size, etag, modified }) => ({
        Key: key,
        LastModified: new Date(modified).toISOString(),
        ETag: `"${etag}"`,
        Size: size,
      })),
    },
  })
}

async function listParts(store: BucketStore, { key, query }: BucketRequest): Promise<BucketResponse> {
  const after = Number(query.get('part-number-marker') ?? 0)
  const limit = Math.min(Number(query.get('max-parts') ?? PAGE), PAGE)
  const parts = (await store.parts(key, query.get('uploadId') ?? '')).filter(({ number }) => number > after)
  const page = parts.slice(0, limit)
  return xml({
    ListPartsResult: {
      Key: key,
      IsTruncated: page.length < parts.length,
      NextPartNumberMarker: page.at(-1)?.number ?? after,
      Part: page.map(({ number, size, etag }) => ({ PartNumber: number, ETag: `"${etag}"`, Size: size })),
    },
  })
}

async function findObject(store: BucketStore, { key, headers }: BucketRequest): Promise<StoredObject> {
  const object = await store.find(key)
  if (object === null) throw noSuchKey()
  const etag = headers['if-match']
  if (etag !== undefined && etag !== `"${object.etag}"`)
    throw new S3Error(412, 'PreconditionFailed', 'The object has another ETag than If-Match.')
  return object
}

/** Headers of an object, of which the URL of a download may set two. */
const objectHeaders = ({ type, etag, modified }: StoredObject, query: URLSearchParams) => {
  const disposition = query.get('response-content-disposition')
  return {
    'content-type': query.get('response-content-type') ?? type,
    ...(disposition !== null && { 'content-disposition': disposition }),
    etag: `"${etag}"`,
    'last-modified': new Date(modified).toUTCString(),
    'accept-ranges': 'bytes',
  }
}

function readObject(store: BucketStore, object: StoredObject, { headers, query }: BucketRequest): BucketResponse {
  const { size } = object
  const range = rangeOf(String(headers['range'] ?? ''), size)
  const { start, end } = range ?? { start: 0, end: size - 1 }
  return {
    status: range ? 206 : 200,
    headers: {
      ...objectHeaders(object, query),
      'content-length': String(end - start + 1),
      ...(range && { 'content-range': `bytes ${start}-${end}/${size}` }),
    },
    body: Readable.from(store.read(object, start, end)),
  }
}

/** First and last byte of a `Range`; null for a header without one range, which S3 ignores. */
function rangeOf(header: string, size: number): { start: number; end: number } | null {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? []
  if (first === '' && last === '') return null
  const start = first === '' ? Math.max(size - Number(last), 0) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (start > end) throw new S3Error(416, 'InvalidRange', 'The requested range is not satisfiable.')
  return { start, end }
}
