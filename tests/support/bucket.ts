import { randomUUID } from 'node:crypto'
import { rm } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { localBucket } from '../../dev/bucket.ts'
import type { LocalService } from '../../dev/http-api.ts'
import { type Operation, operationOf } from '../../dev/s3/operations.ts'
import type { BucketStore } from '../../dev/s3/store.ts'
import { type Credentials, splitUrl } from '../../dev/signed-request.ts'

/** The fault of a request on its way to S3. */
export type BucketFault = 'throttled' | 'failing' | 'answer lost' | 'cut short' | 'never arrives' | undefined

export interface FaultyBucket {
  name: string
  service: LocalService
  /** What it contains, without HTTP. */
  store: BucketStore
  /** Called for each request with its operation and key. Undefined lets it pass, a promise delays it. */
  plan: (operation: Operation, key: string) => BucketFault | Promise<BucketFault>
  /** Operations that were requested, faulty or not. */
  operations: Operation[]
  stop(): Promise<void>
}

const ANSWERS = {
  throttled: { status: 503, code: 'SlowDown' },
  failing: { status: 500, code: 'InternalError' },
}

/** The local bucket in a temporary folder, which itself never throttles, fails or loses a response. */
export function startBucket(name: string, credentials: Credentials): FaultyBucket {
  const folder = join(tmpdir(), `latchkey-bucket-${randomUUID()}`)
  const bucket = localBucket({ name, folder, credentials, origins: () => ['https://app.example'] })
  const faulty: FaultyBucket = {
    name,
    store: bucket.store,
    plan: () => undefined,
    operations: [],
    stop: () => rm(folder, { recursive: true, force: true }),
    service: {
      serves: bucket.serves,
      async handle(request, response) {
        // Node caches the date for a second: after a test has moved the clock, the SDK would correct its own by it.
        response.sendDate = false
        const { path, query } = splitUrl(request.url)
        const key = decodeURIComponent(path.slice(name.length + 2))
        const operation = operationOf({ method: request.method ?? '', key, query })
        if (operation === undefined) return bucket.handle(request, response)
        faulty.operations.push(operation)
        const fault = await faulty.plan(operation, key)
        if (fault === 'never arrives') return void request.socket.destroy()
        if (fault === 'throttled' || fault === 'failing') return reject(response, ANSWERS[fault])
        if (fault === 'answer lost') response.end = () => request.socket.destroy() && response
        if (fault === 'cut short') response.write = () => cut(response)
        return bucket.handle(request, response)
      },
    },
  }
  return faulty
}

/** The caller gets the headers of a response, and not its body. */
function cut(response: ServerResponse): boolean {
  response.flushHeaders()
  response.socket?.destroySoon()
  return true
}

function reject(response: ServerResponse, { status, code }: { status: number; code: string }): void {
  response.writeHead(status, { 'content-type': 'application/xml' })
  response.end(`<?xml version="1.0"?>\n<Error><Code>${code}</Code><Message>on purpose</Message></Error>`)
}
