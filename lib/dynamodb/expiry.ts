import { unixSeconds } from './client.ts'

const DAY_SECONDS = 86_400

/** The attribute value `expires_at` (UNIX seconds) of an item that is stored now; undefined if it never expires. */
export const expiryAfter = (days: number | undefined): number | undefined =>
  days === undefined ? undefined : unixSeconds(Date.now()) + days * DAY_SECONDS

/**
 * `expires_at` of an item that describes others, which may expire a little later than `expiresAt`: a day more. Its content
 * must never disappear before theirs.
 */
export const expiryWithSlack = (expiresAt: number | undefined): number | undefined =>
  expiresAt === undefined ? undefined : expiresAt + DAY_SECONDS

/** Whether an item has expired. DynamoDB deletes it within days, and readers must ignore it until then. */
export const isExpired = (expiresAt: number | undefined): boolean =>
  expiresAt !== undefined && expiresAt <= unixSeconds(Date.now())

/** An item as the low-level client returns it. */
type StoredItem = Readonly<Record<string, { N?: string | undefined }>>

/** Whether an item of the low-level client has expired. */
export const isItemExpired = (item: StoredItem): boolean => isExpired(readExpiry(item))

/** `expires_at` of an item of the low-level client (UNIX seconds). */
export const readExpiry = (item: StoredItem): number | undefined =>
  item['expires_at']?.N === undefined ? undefined : Number(item['expires_at'].N)
