import { randomBytes } from 'node:crypto'
import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { type DataOwner, SHARED_CLIENT } from '../core/caller.ts'
import { inParallel } from '../core/concurrency.ts'
import { Problem } from '../core/problem.ts'
import { randomSecret, secretDigest } from '../crypto/secrets.ts'
import { boundedString, invalidParameter } from '../http/input.ts'
import { clientNotFound } from './device-keys.ts'
import { findClient } from './store.ts'
import {
  addShareEntry,
  deleteShare,
  findShare,
  listShareEntries,
  MAX_SHARES,
  participantDigest,
  removeShareEntries,
  type ShareEntry,
  type ShareRecord,
  saveShare,
} from './store-shares.ts'

/**
 * One participant cannot use up those of the others.
 * @limit Access | shares of a participant
 */
export const MAX_PARTICIPANT_SHARES = 20

/** Days after which a share expires by default. */
const DEFAULT_DAYS = 30
const DAY_SECONDS = 86_400
const MIN_SECONDS = 60

/** Shares that are read at once. */
const AT_ONCE = 16

export const shareIdSchema = z.string().check(z.regex(/^[0-9a-f]{16}$/, 'must be the id of a share'))

/** The first word distinguishes a token from other credentials. Unlike an auth token, it contains no dot. */
const TOKEN = /^share_([0-9a-f]{16})_([\w-]{43})$/

/** Returns the id and the secret of a share token, or null for another text. */
export function parseShareToken(token: string): { id: string; secret: string } | null {
  const [, id, secret] = TOKEN.exec(token) ?? []
  return id === undefined || secret === undefined ? null : { id, secret }
}

/** A share without its token. */
export const share = z.object({
  share_id: shareIdSchema,
  name: z.string(),
  participant_id: z.optional(z.string()),
  series: z.array(z.string()),
  columns: z.optional(z.array(z.string())),
  created_by: z.enum(['admin', 'client']),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
  /** Null before the first use. At most an hour older than the last use. */
  last_used_at: z.nullable(z.iso.datetime()),
})
export type Share = z.output<typeof share>

export const createdShare = z.extend(share, { token: z.string(), url: z.string() })

/** What the request for a share names, besides the view. */
export const newShareFields = {
  name: boundedString(128),
  expires_in: z.optional(z.int().check(z.minimum(MIN_SECONDS, `must be at least ${MIN_SECONDS} seconds`))),
}

export interface NewShare {
  name: string
  series: readonly string[]
  columns?: readonly string[] | undefined
  expires_in?: number | undefined
}

const toTime = (ms: number): string => new Date(ms).toISOString()

const toShare = (id: string, { client_id: _client, digest: _digest, ...others }: ShareRecord): Share => ({
  share_id: id,
  ...others,
  expires_at: toTime(others.expires_at * 1000),
  last_used_at: others.last_used_at === undefined ? null : toTime(others.last_used_at),
})

/**
 * Makes a share of series of an owner. Returns the token, of which the table stores a digest only. The link has it in the
 * fragment, so that no server receives it. Throws `not_found`, `not_allowed` and `parameter_invalid`.
 */
export async function createShare(
  { clientId, participant }: DataOwner,
  { name, series, columns, expires_in }: NewShare,
  created_by: ShareRecord['created_by'],
  now: number,
): Promise<z.output<typeof createdShare>> {
  const { SHARE_DAYS_MAX, PUBLIC_URL } = await getSettings('SHARE_DAYS_MAX', 'PUBLIC_URL')
  if (SHARE_DAYS_MAX === 0) throw sharingForbidden()
  const seconds = expires_in ?? Math.min(DEFAULT_DAYS, SHARE_DAYS_MAX) * DAY_SECONDS
  if (seconds > SHARE_DAYS_MAX * DAY_SECONDS) throw lifetimeTooLong(SHARE_DAYS_MAX * DAY_SECONDS)
  if (clientId !== SHARED_CLIENT && (await findClient(clientId))?.status !== 'active') throw clientNotFound()
  await makeRoom({ clientId, participant })
  const [id, secret] = [randomBytes(8).toString('hex'), randomSecret()]
  const record: ShareRecord = {
    client_id: clientId,
    ...(participant !== undefined && { participant_id: participant }),
    name,
    digest: secretDigest(secret),
    series: [...series],
    ...(columns && { columns: [...columns] }),
    created_by,
    created_at: toTime(now),
    expires_at: Math.floor(now / 1000) + seconds,
  }
  // The list is last: a share that is missing there has a token that no response contained.
  await saveShare(id, record)
  await addToList({ clientId, participant }, id)
  const token = `share_${id}_${secret}`
  return { ...toShare(id, record), token, url: `${PUBLIC_URL}/download#share=${token}` }
}

/** Adds a stored share to the list. If the list is full, it deletes the share, and throws `parameter_invalid`. */
async function addToList(owner: DataOwner, id: string): Promise<void> {
  const { clientId, participant } = owner
  const entry = { id, participant: participantDigest(participant) }
  const isAdded = await addShareEntry(clientId, entry)
  // Concurrent requests may each have found room for one share.
  const isExceeded =
    isAdded && participant !== undefined && (await listShareEntries(owner)).length > MAX_PARTICIPANT_SHARES
  if (isAdded && !isExceeded) return
  await deleteShare(id)
  if (isExceeded) await removeShareEntries(clientId, [entry])
  throw tooManyShares(isExceeded ? MAX_PARTICIPANT_SHARES : MAX_SHARES)
}

/** Returns the shares of an owner that have not expired, in the order of their creation. */
export async function listShares(owner: DataOwner, now: number): Promise<Share[]> {
  const { live } = await readShares(await listShareEntries(owner), now)
  return live.toSorted((left, right) => left.created_at.localeCompare(right.created_at))
}

/** Revokes a share of an owner. Its next request is rejected. Throws `not_found`. */
export async function revokeShare({ clientId, participant }: DataOwner, id: string): Promise<void> {
  const record = await findShare(id)
  const isOwned = record?.client_id === clientId && (participant === undefined || record.participant_id === participant)
  if (!record || !isOwned) throw shareNotFound()
  await deleteShare(id)
  await removeShareEntries(clientId, [{ id, participant: participantDigest(record.participant_id) }])
}

async function readShares(entries: readonly ShareEntry[], now: number) {
  const live: Share[] = []
  const ended: ShareEntry[] = []
  await inParallel(entries, AT_ONCE, async (entry) => {
    const record = await findShare(entry.id)
    if (record && record.expires_at * 1000 > now) live.push(toShare(entry.id, record))
    else ended.push(entry)
  })
  return { live, ended }
}

/** Throws `parameter_invalid` if an owner has the maximum of shares. Only a full list is searched for ended ones. */
async function makeRoom(owner: DataOwner): Promise<void> {
  const findFull = async () => {
    const all = await listShareEntries({ clientId: owner.clientId })
    const own = all.filter(({ participant }) => participant === participantDigest(owner.participant))
    if (all.length >= MAX_SHARES) return { entries: all, max: MAX_SHARES }
    const isFull = owner.participant !== undefined && own.length >= MAX_PARTICIPANT_SHARES
    return isFull ? { entries: own, max: MAX_PARTICIPANT_SHARES } : null
  }
  const full = await findFull()
  if (!full) return
  const { ended } = await readShares(full.entries, Date.now())
  await removeShareEntries(owner.clientId, ended)
  const stillFull = await findFull()
  if (stillFull) throw tooManyShares(stillFull.max)
}

export const shareNotFound = () => new Problem('not_found', 'There is no such share.')
export const sharingForbidden = () => new Problem('not_allowed', 'The operator of this stage allows no shares.')
export const tooManyShares = (max: number) =>
  invalidParameter([{ field: 'series', detail: `has ${max} shares already: revoke one first` }])
export const lifetimeTooLong = (seconds: number) =>
  invalidParameter([{ field: 'expires_in', detail: `must be at most ${seconds} seconds` }])
