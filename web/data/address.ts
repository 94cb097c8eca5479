import type { Zone } from '../parts/format.ts'
import type { SeriesName } from './requests.ts'
import type { Extent } from './rows.ts'

/** All that the page shows, except the token of the user. */
export interface View {
  /** The share token of a shared link; empty without one. */
  share: string
  clientId: string
  /** The first one is that of the form, the others are compared with it. Empty for the first of the list. */
  series: SeriesName[]
  /** Empty for the first columns of the series. */
  columns: string[]
  /** Limits as `/download` accepts them: empty, ISO 8601, or a time ago such as `-24h`. */
  from: string
  to: string
  /** The visible part of the range, in UNIX milliseconds. */
  zoom: Extent | null
  zone: Zone
  /** A line breaks where this number of median intervals has no value; 0 for never. */
  gap: number
  together: boolean
  /** The group of columns on the right axis; empty for none. */
  right: string
  live: boolean
  /** Units that the user has set, by column. */
  units: Readonly<Record<string, string>>
  /** How the table is ordered, as in `co2:desc`. Empty for the newest rows first. */
  order: string
  /** A part of the names of the columns in the table. */
  find: string
}

export const DEFAULT_GAP = 3

/** Separators of columns and their units, as in `co2:ppm,temp:°C`. A unit cannot contain them. */
export const UNIT_MARKS = /[,:]/g

/** Between the source and the participant of a series in the fragment. Names rarely contain it, addresses encode it. */
const SEPARATOR = '\n'

/** Reads what an address shows. Values that it cannot have become the defaults. */
export function readAddress({ searchParams: query, hash }: URL): View {
  const view = new URLSearchParams(hash.slice(1))
  const [source, participant] = [query.get('source'), query.get('participant_id')]
  const first = source === null ? [] : [nameOf(source, participant)]
  const others = view.getAll('with').map((text) => {
    const [other = '', owner] = text.split(SEPARATOR)
    return nameOf(other, owner ?? null)
  })
  const gap = Number(view.get('gap') ?? DEFAULT_GAP)
  return {
    share: view.get('share') ?? '',
    clientId: query.get('client_id') ?? '',
    series: [...first, ...(first.length > 0 ? others : [])],
    columns: (query.get('cols') ?? '').split(',').filter((name) => name !== ''),
    from: query.get('from') ?? '',
    to: query.get('to') ?? '',
    zoom: readZoom(view.get('zoom') ?? ''),
    zone: view.get('tz') === 'local' ? 'local' : 'utc',
    gap: gap >= 0 ? gap : DEFAULT_GAP,
    together: view.has('together'),
    right: view.get('right') ?? '',
    live: view.has('live'),
    units: readUnits(view.get('units') ?? ''),
    order: view.get('order') ?? '',
    find: view.get('find') ?? '',
  }
}

const nameOf = (source: string, participant: string | null): SeriesName =>
  participant === null ? { source } : { source, participant_id: participant }

function readUnits(text: string): View['units'] {
  const pairs = text.split(',').map((pair): [string, string] => {
    const end = pair.lastIndexOf(':')
    return [pair.slice(0, Math.max(0, end)), pair.slice(end + 1)]
  })
  return Object.fromEntries(pairs.filter(([column, unit]) => column !== '' && unit !== ''))
}

function readZoom(text: string): Extent | null {
  const [from = Number.NaN, to = Number.NaN] = text.split('/').map((time) => Date.parse(time))
  return from < to ? { from, to } : null
}

/**
 * The address of a view. The query has what `/download` understands, so that the server renders the same rows without a
 * script. The rest is in the fragment, which browsers do not send.
 */
export function addressOf(view: View): string {
  const [first, ...others] = view.series
  const query = {
    client_id: view.clientId,
    source: first?.source ?? '',
    participant_id: first?.participant_id ?? '',
    cols: view.columns.join(','),
    from: view.from,
    to: view.to,
  }
  const fragment = new URLSearchParams(
    present({
      share: view.share,
      zoom: view.zoom ? `${iso(view.zoom.from)}/${iso(view.zoom.to)}` : '',
      tz: view.zone === 'local' ? 'local' : '',
      gap: view.gap === DEFAULT_GAP ? '' : String(view.gap),
      together: view.together ? '1' : '',
      right: view.right,
      live: view.live ? '1' : '',
      units: Object.entries(view.units)
        .map((pair) => pair.join(':'))
        .join(','),
      order: view.order,
      find: view.find,
    }),
  )
  for (const { source, participant_id } of others)
    fragment.append('with', participant_id === undefined ? source : `${source}${SEPARATOR}${participant_id}`)
  return `?${readable(new URLSearchParams(present(query)))}${fragment.size > 0 ? `#${readable(fragment)}` : ''}`
}

const iso = (ms: number): string => new Date(Math.round(ms)).toISOString()

const present = (parameters: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== ''))

/** Commas, colons and slashes need no encoding in a query. */
const readable = (parameters: URLSearchParams): string =>
  String(parameters).replaceAll('%2C', ',').replaceAll('%3A', ':').replaceAll('%2F', '/')
