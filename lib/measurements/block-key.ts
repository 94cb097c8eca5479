import { isoTime } from './times.ts'

/**
 * Sort key of a block: the time of its first row (UNIX milliseconds), then a digest of its content. So a retry writes the
 * same block again, and blocks sort by the times of their first rows.
 */
export const toBlockKey = (time: number, digest: string): string => `${isoTime(time)}#${digest}`

/** Time of the first row of a block in whole UNIX milliseconds, from its key. */
export const firstRowTime = (key: string): number => Date.parse(key.slice(0, key.indexOf('#')))
