import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { Problem } from '../core/problem.ts'
import { randomSecret } from '../crypto/secrets.ts'
import { encryptSecret, tryDecrypt } from '../crypto/stored-secrets.ts'
import { boundedString, invalidParameter } from '../http/input.ts'
import { saltId, saltInUse, saltSchema } from './salts.ts'
import { type ClientRecord, findClient } from './store.ts'
import { addSalt, MAX_DEVICE_KEYS, removeSalt } from './store-device-keys.ts'
import { claimSalt, findSaltRecord, releaseSalt } from './store-salts.ts'

/** The shared client has no record, and so no device keys. */
export const registeredId = z.string().check(z.regex(/^[0-9a-f]{32}$/, 'must be the id of a registered client'))

export const keyIdSchema = z.string().check(z.regex(/^[0-9a-f]{12}$/, 'must be the id of a device key'))

/** A device key is a salt of a client, with a name for people. */
export const deviceKey = z.object({
  key_id: keyIdSchema,
  /** Null for the salt of the registration. */
  name: z.nullable(z.string()),
  created_at: z.iso.datetime(),
  /** Null before the first use. At most an hour older than the last use. */
  last_used_at: z.nullable(z.iso.datetime()),
})
export type DeviceKey = z.output<typeof deviceKey>

export const newDeviceKey = z.strictObject({ name: boundedString(128), salt: z.optional(saltSchema) })

export const createdDeviceKey = z.object({
  key_id: keyIdSchema,
  name: z.string(),
  salt: z.string(),
  created_at: z.iso.datetime(),
})

/** Returns the device keys of a client in the order of their creation. Throws `not_found`. */
export async function listDeviceKeys(clientId: string): Promise<DeviceKey[]> {
  const client = await requireClient(clientId)
  return Promise.all(client.salts.map((encrypted) => describeKey(client, encrypted)))
}

async function describeKey({ client_id, created_at }: ClientRecord, encrypted: string): Promise<DeviceKey> {
  const salt = await tryDecrypt('salt', encrypted, { client_id })
  const record = salt === null ? null : await findSaltRecord(salt)
  return {
    key_id: saltId(encrypted),
    name: record?.name ?? null,
    created_at: record ? toTime(record.claimed_at) : created_at,
    last_used_at: record?.last_used_at === undefined ? null : toTime(record.last_used_at),
  }
}

const toTime = (ms: number): string => new Date(ms).toISOString()

/**
 * Adds a device key to a client, with a new random salt by default. Returns the salt, which the table stores encrypted.
 * Throws `not_found`, and `parameter_invalid` if the salt is in use or the client has the maximum of keys.
 */
export async function createDeviceKey(
  clientId: string,
  { name, salt = randomSecret() }: z.output<typeof newDeviceKey>,
  now: number,
): Promise<z.output<typeof createdDeviceKey>> {
  const client = await requireClient(clientId)
  if (client.salts.length >= MAX_DEVICE_KEYS) throw tooManyKeys()
  const { CHECKSUM_SALTS } = await getSettings('CHECKSUM_SALTS')
  if (CHECKSUM_SALTS.includes(salt) || !(await claimSalt(salt, clientId, now, name))) throw saltInUse('salt')
  const encrypted = await encryptSecret(salt)
  if (!(await addSalt(clientId, encrypted))) {
    await releaseSalt(salt, clientId)
    await requireClient(clientId)
    throw tooManyKeys()
  }
  return { key_id: saltId(encrypted), name, salt, created_at: toTime(now) }
}

/** Removes a device key. Throws `not_found` if the client does not exist or has no such key. */
export async function removeDeviceKey(clientId: string, keyId: string): Promise<void> {
  let client = await requireClient(clientId)
  const findKey = () => client.salts.find((salt) => saltId(salt) === keyId)
  const first = findKey()
  if (first === undefined) throw keyNotFound()
  // Another request may change the keys meanwhile, or encrypt this one again. After a lost response, a retry of the SDK
  // finds the salt removed.
  for (let encrypted = findKey(); encrypted !== undefined && !(await removeSalt(client, encrypted)); ) {
    client = await requireClient(clientId)
    encrypted = findKey()
  }
  const salt = await tryDecrypt('salt', first, { client_id: clientId })
  // The key is removed. A claim that remains can be replaced after a minute.
  if (salt !== null) await releaseSalt(salt, clientId).catch(() => undefined)
}

async function requireClient(clientId: string): Promise<ClientRecord> {
  const client = await findClient(clientId)
  if (!client) throw clientNotFound()
  return client
}

export const clientNotFound = () => new Problem('not_found', 'There is no such client.')
export const keyNotFound = () => new Problem('not_found', 'The client has no device key with this id.')
export const tooManyKeys = () =>
  invalidParameter([{ field: 'client_id', detail: `has ${MAX_DEVICE_KEYS} device keys already: remove one first` }])
