import { participantDigest } from '../../core/identifiers.ts'
import { compareText } from '../compare.ts'

/** A series of a client. Sorted by participant, then by source; the series without a participant come first. */
export interface SeriesId {
  /** Digest of the participant that owns the series; absent if the client itself owns it. */
  participant?: string | undefined
  source: string
}

/** The id of the series of a source, of a participant or of the client itself. */
export const toSeriesId = ({ participant, source }: { participant?: string | undefined; source: string }): SeriesId =>
  participant === undefined ? { source } : { participant: participantDigest(participant), source }

export const compareSeries = (a: SeriesId, b: SeriesId): number =>
  compareText(a.participant ?? '', b.participant ?? '') || compareText(a.source, b.source)

/**
 * Partition key of the blocks of a series. Each participant has partitions of its own, so that a box of a participant
 * never equals a box of the client or of another participant. A client id contains no `@`.
 */
export const seriesKey = (clientId: string, { participant, source }: SeriesId): string =>
  `${clientId}${participant === undefined ? '' : `@${participant}`}#${source}`

/** The client and the id of a series from its key. */
export function parseSeriesKey(key: string): SeriesId & { clientId: string } {
  const end = key.indexOf('#')
  const [clientId = '', participant] = key.slice(0, end).split('@')
  return { clientId, participant, source: key.slice(end + 1) }
}

/** Partitions of the catalog: the series of the client itself, and those of its participants. */
export const catalogPartitions = (clientId: string) => ({
  own: `catalog#${clientId}`,
  ofParticipants: `participants#${clientId}`,
})

/** Key of the catalog entry of a series. The series of one participant are adjacent. */
export function catalogKey(clientId: string, { participant, source }: SeriesId) {
  const { own, ofParticipants } = catalogPartitions(clientId)
  return participant === undefined
    ? { series: { S: own }, block: { S: source } }
    : { series: { S: ofParticipants }, block: { S: `${participant}#${source}` } }
}
