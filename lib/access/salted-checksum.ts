import { type AnonymousCaller, type SaltCaller, SHARED_CLIENT } from '../core/caller.ts'
import { Problem } from '../core/problem.ts'
import { ALGORITHM_NAMES, type Checksum, saltMatcher } from '../crypto/checksums.ts'
import type { Request } from '../http/request.ts'
import { checkExpiry } from './checksum-expiry.ts'
import { confirmSalt, findSalt, wrongChecksum } from './client-salts.ts'
import { anonymous, knownCaller, type Proof, pendingCaller } from './proof.ts'

/**
 * Each is computed before the caller is known.
 * @limit Access | headers `Content-<ALG>-Salted` of a request
 */
const MAX_CHECKSUMS = 4

/** @limit Uploads | bytes of a body with a salted checksum, unless the query has `client_id` */
const UNNAMED_BYTES = 1_000_000

const HEADER = /^content-(\w+)-salted$/

/** What a device signs to read, at the start of a body. A custom domain may add a prefix to the path. */
const SIGNED_QUERY = /^\/(?:[\w.~-]+\/)*(?:download|series)\/?\?/
const SIGNED_QUERY_BYTES = 200

/**
 * Authenticates salted checksums as co2logserver does: `Content-<ALG>-Salted: hex(H(payload + salt))`. All headers must
 * match under one salt; unknown algorithms are ignored. The salt identifies the client; salts of `CHECKSUM_SALTS`
 * belong to the shared client.
 */
export const saltedChecksum = (isOpen: () => Promise<boolean>): Proof<SaltCaller | AnonymousCaller> => ({
  expectation: `salted checksums as Content-<ALG>-Salted with ALG one of ${ALGORITHM_NAMES.join(', ')}`,
  async check(request) {
    const checksums = parseChecksums(request)
    if (checksums.length === 0) return null
    if (checksums.length > MAX_CHECKSUMS) throw tooManyChecksums()
    // Otherwise a recorded GET could be sent as an upload, which stores its query as a row, also after its `expires`.
    if (request.method === 'POST' && isSignedQuery(request.rawBody)) throw wrongChecksum()
    const payload = checksumPayload(request)
    const clientId = request.query.get('client_id')
    if (clientId === null && payload.length > UNNAMED_BYTES) throw clientIdMissing()
    const algorithms = checksums.map(({ algorithm }) => algorithm).sort()
    const matched = new Set<string>()
    // Only an open endpoint records which checksums match. Elsewhere, the first wrong one ends the work.
    const isPublic = await isOpen()
    const onMatch = isPublic ? (algorithm: string) => void matched.add(algorithm) : undefined
    const findMatch = saltMatcher(payload, checksums, onMatch)
    const salt = await findSalt(clientId, findMatch)
    if (salt) await checkExpiry(request)
    if (salt?.encrypted !== undefined) return pendingCaller(confirmSalt(salt, algorithms, request.receivedAt))
    if (salt) return knownCaller({ kind: 'salt', clientId: SHARED_CLIENT, matchedChecksums: algorithms })
    if (!isPublic) throw wrongChecksum()
    return knownCaller(
      anonymous({
        matchedChecksums: algorithms.filter((algorithm) => matched.has(algorithm)),
        failedChecksums: algorithms.filter((algorithm) => !matched.has(algorithm)),
      }),
    )
  },
})

export const tooManyChecksums = () =>
  new Problem('parameter_invalid', `The request must have at most ${MAX_CHECKSUMS} headers Content-<ALG>-Salted.`, {
    issues: [{ field: 'Content-<ALG>-Salted', detail: `must appear at most ${MAX_CHECKSUMS} times` }],
  })

export const clientIdMissing = () =>
  new Problem(
    'body_too_large',
    `A body with a salted checksum has at most ${UNNAMED_BYTES} bytes, unless the query has client_id.`,
  )

function parseChecksums({ headers }: Request): Checksum[] {
  return Object.entries(headers).flatMap(([name, hex]) => {
    const algorithm = HEADER.exec(name)?.[1]
    return algorithm !== undefined && hex !== undefined && ALGORITHM_NAMES.includes(algorithm)
      ? [{ algorithm, hex: hex.trim() }]
      : []
  })
}

/** Returns what the checksum covers: the body of a POST, else the path, `?` and the query. The `?` is always present. */
const checksumPayload = ({ method, path, rawQuery, rawBody }: Request): Uint8Array =>
  method === 'POST' ? rawBody : Buffer.from(`${path}?${rawQuery}`)

const isSignedQuery = (body: Uint8Array): boolean =>
  SIGNED_QUERY.test(Buffer.from(body.subarray(0, SIGNED_QUERY_BYTES)).toString('latin1'))
