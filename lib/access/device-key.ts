import { decryptSalts } from '../clients/salts.ts'
import { findClient } from '../clients/store.ts'
import { findSaltRecord } from '../clients/store-salts.ts'
import { getSettings } from '../config/settings.ts'
import { type SaltCaller, SHARED_CLIENT } from '../core/caller.ts'
import { Problem } from '../core/problem.ts'
import { matchesDigest, secretDigest } from '../crypto/secrets.ts'
import { authorizationCredentials, type Request } from '../http/request.ts'
import { recordFailedLogin, rejectIfThrottled } from './auth-throttle.ts'
import { type ClientCredentials, decodeBasic, splitCredentials } from './client-secret.ts'
import { knownCaller, type Proof } from './proof.ts'
import { noteSaltUse } from './salt-use.ts'

/**
 * Authenticates a device by a salt in `Authorization`: as `Basic base64(client_id:salt)` or `Token client_id:salt`. Wrong
 * keys are limited like client secrets. The caller is known before the body is parsed.
 */
export const deviceKey: Proof<SaltCaller> = {
  expectation: 'a device key as Authorization: Basic or Token with client_id:salt',
  async check(request) {
    const credentials = parseDeviceKey(request)
    if (credentials === null) return null
    await rejectIfThrottled(request, 'deviceKey')
    if (!(await isDeviceKey(credentials))) {
      await recordFailedLogin(request, credentials.id, 'deviceKey')
      throw wrongDeviceKey()
    }
    if (credentials.id !== SHARED_CLIENT) noteSaltUse(credentials.secret, request.receivedAt)
    return knownCaller({ kind: 'salt', clientId: credentials.id, matchedChecksums: [] })
  },
}

/** Firmware encodes the salt as it is (RFC 7617), and not as a form, so `+` and `%` are themselves. */
function parseDeviceKey(request: Request): ClientCredentials | null {
  const pair = decodeBasic(request) ?? authorizationCredentials(request, 'Token')
  return pair === undefined ? null : splitCredentials(pair)
}

/** Unknown clients, wrong salts and removed salts cost the same reads, so that the time reveals no client. */
async function isDeviceKey({ id, secret }: ClientCredentials): Promise<boolean> {
  if (id === SHARED_CLIENT) {
    const { CHECKSUM_SALTS } = await getSettings('CHECKSUM_SALTS')
    return CHECKSUM_SALTS.map((salt) => matchesDigest(secret, secretDigest(salt))).includes(true)
  }
  const [record, client] = await Promise.all([findSaltRecord(secret), findClient(id)])
  if (record?.client_id !== id || client?.status !== 'active') return false
  // The record remains if a removal was interrupted: the client decides.
  const salts = await decryptSalts(id, client.salts)
  return salts.some(({ salt }) => matchesDigest(secret, secretDigest(salt)))
}

export const wrongDeviceKey = () =>
  new Problem('credentials_invalid', 'The device key is wrong. Send the client_id and one of its salts.')
