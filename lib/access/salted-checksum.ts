import { findClient, listSaltedClients } from '../clients/store.ts'
import { getSettings } from '../config/settings.ts'
import { type AnonymousCaller, type SaltCaller, SHARED_CLIENT } from '../core/caller.ts'
import { Problem } from '../core/problem.ts'
import { ALGORITHM_NAMES, type Checksum, saltMatcher } from '../crypto/checksums.ts'
import { tryDecrypt } from '../crypto/stored-secrets.ts'
import type { PendingCaller } from '../http/endpoint.ts'
import type { Request } from '../http/request.ts'
import { anonymous, knownCaller, type Proof, pendingCaller } from './proof.ts'

interface Salt {
  clientId: string
  salt: string
  /** As the client's record holds it; absent for a salt of `CHECKSUM_SALTS`. */
  sealed?: string
}

const HEADER = /^content-(\w+)-salted$/

/**
 * Salted checksums, co2logserver's proof: `Content-<ALG>-Salted: hex(H(payload + salt))`. Every header given must match,
 * all under one salt; headers of algorithms that nobody here knows are left aside. The salt tells whose data it is:
 * one of `CHECKSUM_SALTS` the shared client's, a client's own that client's. A device may name its client in the
 * query (`client_id`), which then is the only one tried.
 */
export const saltedChecksum = (open: () => Promise<boolean>): Proof<SaltCaller | AnonymousCaller> => ({
  expectation: `salted checksums as Content-<ALG>-Salted with ALG one of ${ALGORITHM_NAMES.join(', ')}`,
  async check(request) {
    const checksums = givenChecksums(request)
    if (checksums.length === 0) return null
    const algorithms = checksums.map(({ algorithm }) => algorithm).sort()
    const salt = await findSalt(request, checksums)
    if (salt?.sealed !== undefined) return confirmed(salt.clientId, salt.sealed, algorithms)
    if (salt) return knownCaller({ kind: 'salt', clientId: SHARED_CLIENT, matchedChecksums: algorithms })
    if (!(await open())) throw wrongChecksum()
    return knownCaller(anonymous(algorithms))
  },
})

export const wrongChecksum = () =>
  new Problem(
    'credentials_invalid',
    'A salted checksum does not match: it is over the exact bytes sent, then the salt, with nothing between them.',
  )

function givenChecksums({ headers }: Request): Checksum[] {
  return Object.entries(headers).flatMap(([name, hex]) => {
    const algorithm = HEADER.exec(name)?.[1]
    return algorithm !== undefined && hex !== undefined && ALGORITHM_NAMES.includes(algorithm)
      ? [{ algorithm, hex: hex.trim() }]
      : []
  })
}

/** What the checksum is over: the body, or for a request without one its path and query, with the `?` always there. */
const payload = ({ method, path, rawQuery, rawBody }: Request): Uint8Array =>
  method === 'POST' ? rawBody : Buffer.from(`${path}?${rawQuery}`)

async function findSalt(request: Request, checksums: Checksum[]): Promise<Salt | undefined> {
  const matching = saltMatcher(payload(request), checksums)
  const named = request.query.get('client_id')
  if (named !== null && named !== SHARED_CLIENT) {
    const client = await findClient(named)
    return client ? matching(await opened(client.client_id, client.salts)) : undefined
  }
  const { CHECKSUM_SALTS } = await getSettings('CHECKSUM_SALTS')
  const shared: Salt[] = CHECKSUM_SALTS.map((salt) => ({ clientId: SHARED_CLIENT, salt }))
  return matching(shared) ?? matching(known.values()) ?? matching(await newSalts())
}

/** Salts this container has opened, by their sealed form: unsealing each at every call would be most of the work. */
const known = new Map<string, Salt>()

/** The salts of clients that this container does not know yet; a client may have been registered a moment ago. */
async function newSalts(): Promise<Salt[]> {
  const clients = await listSaltedClients()
  const current = new Set(clients.flatMap(({ salts }) => salts))
  for (const sealed of known.keys()) if (!current.has(sealed)) known.delete(sealed)
  const found = await Promise.all(
    clients.map(({ client_id, salts }) =>
      opened(
        client_id,
        salts.filter((salt) => !known.has(salt)),
      ),
    ),
  )
  return found.flat().map((salt) => {
    known.set(salt.sealed, salt)
    return salt
  })
}

async function opened(clientId: string, sealedSalts: readonly string[]): Promise<(Salt & { sealed: string })[]> {
  const salts = sealedSalts.map(async (sealed) => {
    const salt = await tryDecrypt('salt', sealed, { client_id: clientId })
    return salt === null ? [] : [{ clientId, sealed, salt }]
  })
  return (await Promise.all(salts)).flat()
}

/** A client's salt counts while its record holds it and the client is active, whatever this container remembers. */
function confirmed(clientId: string, sealed: string, matchedChecksums: string[]): PendingCaller<SaltCaller> {
  const confirm = async (): Promise<SaltCaller> => {
    const client = await findClient(clientId)
    if (client?.status !== 'active' || !client.salts.includes(sealed)) {
      known.delete(sealed)
      throw wrongChecksum()
    }
    return { kind: 'salt', clientId, matchedChecksums }
  }
  return pendingCaller(confirm())
}
