import { findClient, listSaltedClients } from '../clients/store.ts'
import { getSettings } from '../config/settings.ts'
import { type AnonymousCaller, type SaltCaller, SHARED_CLIENT } from '../core/caller.ts'
import { Problem } from '../core/problem.ts'
import { ALGORITHM_NAMES, type Checksum, saltMatcher } from '../crypto/checksums.ts'
import { tryDecrypt } from '../crypto/stored-secrets.ts'
import type { Request } from '../http/request.ts'
import { anonymous, knownCaller, type Proof, pendingCaller } from './proof.ts'

interface Salt {
  clientId: string
  salt: string
  /** The salt in the client's record; absent for a salt of `CHECKSUM_SALTS`. */
  encrypted?: string
}

const HEADER = /^content-(\w+)-salted$/

/**
 * Authenticates salted checksums as co2logserver does: `Content-<ALG>-Salted: hex(H(payload + salt))`. All headers must
 * match under one salt; unknown algorithms are ignored. The salt identifies the client; salts of `CHECKSUM_SALTS`
 * belong to the shared client. The parameter `client_id` limits the search to one client.
 */
export const saltedChecksum = (isOpen: () => Promise<boolean>): Proof<SaltCaller | AnonymousCaller> => ({
  expectation: `salted checksums as Content-<ALG>-Salted with ALG one of ${ALGORITHM_NAMES.join(', ')}`,
  async check(request) {
    const checksums = parseChecksums(request)
    if (checksums.length === 0) return null
    const algorithms = checksums.map(({ algorithm }) => algorithm).sort()
    const salt = await findSalt(request, checksums)
    if (salt?.encrypted !== undefined) return pendingCaller(confirmSalt(salt.clientId, salt.encrypted, algorithms))
    if (salt) return knownCaller({ kind: 'salt', clientId: SHARED_CLIENT, matchedChecksums: algorithms })
    if (!(await isOpen())) throw wrongChecksum()
    return knownCaller(anonymous(algorithms))
  },
})

export const wrongChecksum = () =>
  new Problem(
    'credentials_invalid',
    'A salted checksum does not match. It must be the digest of the exact bytes of the body, followed by the salt.',
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

async function findSalt(request: Request, checksums: Checksum[]): Promise<Salt | undefined> {
  const findMatch = saltMatcher(checksumPayload(request), checksums)
  const clientId = request.query.get('client_id')
  if (clientId !== null && clientId !== SHARED_CLIENT) {
    const client = await findClient(clientId)
    return client ? findMatch(await decryptSalts(client.client_id, client.salts)) : undefined
  }
  const { CHECKSUM_SALTS } = await getSettings('CHECKSUM_SALTS')
  const sharedSalts: Salt[] = CHECKSUM_SALTS.map((salt) => ({ clientId: SHARED_CLIENT, salt }))
  return findMatch(sharedSalts) ?? findMatch(saltCache.values()) ?? findMatch(await loadNewSalts())
}

/** Salts by their encrypted form: decrypting each for every request would be most of the work. */
const saltCache = new Map<string, Salt>()

/** Returns the salts that are not in the cache yet, and removes revoked ones from it. */
async function loadNewSalts(): Promise<Salt[]> {
  const clients = await listSaltedClients()
  const current = new Set(clients.flatMap(({ salts }) => salts))
  for (const encrypted of saltCache.keys()) if (!current.has(encrypted)) saltCache.delete(encrypted)
  const newSalts = await Promise.all(
    clients.map(({ client_id, salts }) =>
      decryptSalts(
        client_id,
        salts.filter((salt) => !saltCache.has(salt)),
      ),
    ),
  )
  return newSalts.flat().map((salt) => {
    saltCache.set(salt.encrypted, salt)
    return salt
  })
}

async function decryptSalts(
  clientId: string,
  encryptedSalts: readonly string[],
): Promise<(Salt & { encrypted: string })[]> {
  const salts = encryptedSalts.map(async (encrypted) => {
    const salt = await tryDecrypt('salt', encrypted, { client_id: clientId })
    return salt === null ? [] : [{ clientId, encrypted, salt }]
  })
  return (await Promise.all(salts)).flat()
}

/** Checks that the client is active and still has the salt: the cache may be older than a revocation. */
async function confirmSalt(clientId: string, encrypted: string, matchedChecksums: string[]): Promise<SaltCaller> {
  const client = await findClient(clientId)
  if (client?.status !== 'active' || !client.salts.includes(encrypted)) {
    saltCache.delete(encrypted)
    throw wrongChecksum()
  }
  return { kind: 'salt', clientId, matchedChecksums }
}
