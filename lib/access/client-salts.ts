import { type ClientSalt, decryptSalts, hasSalt } from '../clients/salts.ts'
import {
  type ClientRecord,
  findClient,
  listSaltedClients,
  SALTED_CLIENTS,
  type SaltedClient,
} from '../clients/store.ts'
import { getSettings } from '../config/settings.ts'
import { type SaltCaller, SHARED_CLIENT } from '../core/caller.ts'
import { Problem } from '../core/problem.ts'
import { timeBudgets } from '../core/time-budgets.ts'
import type { saltMatcher } from '../crypto/checksums.ts'
import { noteSaltUse } from './salt-use.ts'

/** A salt of a client, or one of `CHECKSUM_SALTS`, which no record has. */
type Salt = ClientSalt | (Omit<ClientSalt, 'encrypted'> & { encrypted?: undefined })

/**
 * Returns the matching salt, or undefined. `clientId` limits the search to one client. For the shared client, it only
 * requires `CHECKSUM_SALTS`, so that a device with another salt gets `not_allowed` rather than a wrong checksum.
 */
export async function findSalt(
  clientId: string | null,
  findMatch: ReturnType<typeof saltMatcher>,
): Promise<Salt | undefined> {
  if (clientId !== null && clientId !== SHARED_CLIENT) {
    const client = await findClient(clientId)
    return client ? findMatch(await decryptSalts(client.client_id, client.salts)) : undefined
  }
  const { CHECKSUM_SALTS } = await getSettings('CHECKSUM_SALTS')
  if (clientId === SHARED_CLIENT && CHECKSUM_SALTS.length === 0) return undefined
  const sharedSalts: Salt[] = CHECKSUM_SALTS.map((salt) => ({ clientId: SHARED_CLIENT, salt }))
  return findMatch(sharedSalts) ?? findMatch(saltCache.values()) ?? findMatch(await loadNewSalts())
}

/** Salts by their encrypted form: decrypting each for every request would be most of the work. */
const saltCache = new Map<string, ClientSalt>()

/** What the last reading of the whole index has found. */
let index = { readAt: Number.NEGATIVE_INFINITY, intervalMs: 0, clients: 0, newest: '' }

/** Clocks of containers differ, and the index may lag. */
const OVERLAP_MS = 60_000
/** A query of the index consumes a read unit for each 8 kB. */
const BYTES_OF_READ_UNIT = 8_192
/** Read units of an index that may be read every `saltIndexMs`; a larger one is read less often. */
const USUAL_UNITS = 5

/**
 * Returns the salts that are not in the cache yet. A wrong checksum must not be expensive: the index is read at most
 * every `saltIndexMs`, which also removes revoked salts from the cache. In between, half a read unit finds clients that
 * have registered since.
 */
async function loadNewSalts(): Promise<ClientSalt[]> {
  const isRecent = Math.abs(Date.now() - index.readAt) < index.intervalMs
  if (isRecent && index.clients >= SALTED_CLIENTS) return []
  return cacheSalts(isRecent ? await listSaltedClients(index.newest) : await readIndex())
}

async function readIndex(): Promise<SaltedClient[]> {
  const readAt = Date.now()
  const clients = await listSaltedClients()
  const current = new Set(clients.flatMap(({ salts }) => salts))
  for (const encrypted of saltCache.keys()) if (!current.has(encrypted)) saltCache.delete(encrypted)
  const units = JSON.stringify(clients).length / BYTES_OF_READ_UNIT
  const newest = Date.parse(clients.at(-1)?.created_at ?? '') || readAt
  index = {
    readAt,
    intervalMs: timeBudgets.saltIndexMs * Math.max(1, units / USUAL_UNITS),
    clients: clients.length,
    newest: new Date(newest - OVERLAP_MS).toISOString(),
  }
  return clients
}

/** Decrypts the salts that are not in the cache, and returns them. */
async function cacheSalts(clients: readonly SaltedClient[]): Promise<ClientSalt[]> {
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

/** Checks that the client is active and still has the salt: the cache may be older than a revocation. */
export async function confirmSalt(
  { clientId, encrypted, salt }: ClientSalt,
  matchedChecksums: string[],
  receivedAt: number,
): Promise<SaltCaller> {
  const client = await findClient(clientId)
  if (client?.status !== 'active' || !hasSalt(client.salts, encrypted)) {
    saltCache.delete(encrypted)
    throw wrongChecksum()
  }
  noteSaltUse(salt, receivedAt)
  return toSaltCaller(client, matchedChecksums)
}

/** The caller for a device of a client. */
export const toSaltCaller = (
  { client_id, upload }: ClientRecord,
  matchedChecksums: readonly string[] = [],
): SaltCaller => ({ kind: 'salt', clientId: client_id, matchedChecksums, ...(upload && { upload }) })

export const wrongChecksum = () =>
  new Problem(
    'credentials_invalid',
    'A salted checksum does not match. It must be the digest of the exact bytes of the body, followed by the salt.',
  )
