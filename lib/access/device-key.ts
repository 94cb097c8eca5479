import { decryptSalts } from '../clients/salts.ts'
import { findClient } from '../clients/store.ts'
import { findSaltRecord } from '../clients/store-salts.ts'
import { getSettings } from '../config/settings.ts'
import { type SaltCaller, SHARED_CLIENT } from '../core/caller.ts'
import { Problem } from '../core/problem.ts'
import { matchesDigest, secretDigest } from '../crypto/secrets.ts'
import { authorizationCredentials, type Request } from '../http/request.ts'
import { recordFailedLogin, rejectIfThrottled } from './auth-throttle.ts'
import { toSaltCaller } from './client-salts.ts'
import { type ClientCredentials, decodeBasic, splitCredentials } from './client-secret.ts'
import { knownCaller, looksLikeJwt, type Proof } from './proof.ts'
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
    const caller = await findDevice(credentials)
    if (!caller) {
      await recordFailedLogin(request, credentials.id, 'deviceKey')
      throw wrongDeviceKey()
    }
    if (caller.clientId !== SHARED_CLIENT) noteSaltUse(credentials.secret, request.receivedAt)
    return knownCaller(caller)
  },
}

/** Firmware sends the salt as it is (RFC 7617), and not form-encoded, so `+` and `%` are themselves. */
function parseDeviceKey(request: Request): ClientCredentials | null {
  const pair = decodeBasic(request) ?? authorizationCredentials(request, 'Token')
  // An auth token after `Token` is another proof.
  if (pair === undefined || (looksLikeJwt(pair) && !pair.includes(':'))) return null
  return splitCredentials(pair)
}

/** Unknown clients, wrong salts and removed salts cost the same reads, so that the time reveals no client. */
async function findDevice({ id, secret }: ClientCredentials): Promise<SaltCaller | null> {
  const matches = (salt: string) => matchesDigest(secret, secretDigest(salt))
  if (id === SHARED_CLIENT) {
    const { CHECKSUM_SALTS } = await getSettings('CHECKSUM_SALTS')
    return CHECKSUM_SALTS.map(matches).includes(true) ? { kind: 'salt', clientId: id, matchedChecksums: [] } : null
  }
  const [record, client] = await Promise.all([findSaltRecord(secret), findClient(id)])
  if (record?.client_id !== id || client?.status !== 'active') return null
  // The record remains if a removal was interrupted: the client decides.
  const salts = await decryptSalts(id, client.salts)
  return salts.some(({ salt }) => matches(salt)) ? toSaltCaller(client) : null
}

export const wrongDeviceKey = () =>
  new Problem('credentials_invalid', 'The device key is wrong. Send the client_id and one of its salts.')
