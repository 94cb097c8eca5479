import { findClient, listSaltedClients } from '../clients/store.ts'
import { getSettings } from '../config/settings.ts'
import { type SaltCaller, SHARED_CLIENT } from '../core/caller.ts'
import { Problem } from '../core/problem.ts'
import type { saltMatcher } from '../crypto/checksums.ts'
import { tryDecrypt } from '../crypto/stored-secrets.ts'

interface Salt {
  clientId: string
  salt: string
  /** The salt in the client's record; absent for a salt of `CHECKSUM_SALTS`. */
  encrypted?: string
}

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
export async function confirmSalt(
  clientId: string,
  encrypted: string,
  matchedChecksums: string[],
): Promise<SaltCaller> {
  const client = await findClient(clientId)
  if (client?.status !== 'active' || !client.salts.includes(encrypted)) {
    saltCache.delete(encrypted)
    throw wrongChecksum()
  }
  return { kind: 'salt', clientId, matchedChecksums, ...(client.upload && { upload: client.upload }) }
}

export const wrongChecksum = () =>
  new Problem(
    'credentials_invalid',
    'A salted checksum does not match. It must be the digest of the exact bytes of the body, followed by the salt.',
  )
