import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { inParallel } from '../core/concurrency.ts'
import { timeBudgets } from '../core/time-budgets.ts'
import { providerFailure } from '../providers/errors.ts'
import { callProvider, type ProviderCall, tokenText } from '../providers/http.ts'
import type { Sensor } from './sensors.ts'

/**
 * openSenseMap's API, in both of its generations: the classic one wraps its answers, its successor gives them bare. A
 * bad JWT is 403 there, as is much else; only the message tells which.
 */
const PROVIDER = 'openSenseMap'

/** All boxes of an account in one answer, where they are not paged; one box may have a thousand sensors. */
const LIST_BYTES = 16_000_000
const BOX_BYTES = 2_000_000
const PAGES_AT_ONCE = 4
const MOST_PAGES = 1_000

const id = z.string().check(z.regex(/^[\w-]{1,64}$/))
const sensor = z.object({
  _id: id,
  title: z.string(),
  unit: z.string(),
  sensorType: z.nullish(z.string()),
  /** Absent where nothing was measured yet. What makes no sense is told by a time that makes none. */
  lastMeasurement: z.catch(z.nullish(z.object({ createdAt: z.string() })), { createdAt: 'unreadable' }),
})
const box = z.object({
  _id: id,
  name: z.string(),
  exposure: z.nullish(z.string()),
  grouptag: z.catch(z.optional(z.array(z.string())), undefined),
  weblink: z.nullish(z.string()),
  currentLocation: z.catch(
    z.optional(z.object({ coordinates: z.array(z.number()).check(z.minLength(2), z.maxLength(3)) })),
    undefined,
  ),
  sensors: z.array(sensor),
  useAuth: z.catch(z.optional(z.boolean()), undefined),
  access_token: z.catch(z.optional(tokenText), undefined),
})

/** A box at openSenseMap, as far as it matters here. */
export type Box = z.output<typeof box>

const enveloped = z.union([
  z.pipe(
    z.object({ data: box }),
    z.transform(({ data }) => data),
  ),
  box,
])
const signedIn = z.object({ token: tokenText, refreshToken: z.string().check(z.minLength(1), z.maxLength(4_096)) })
const page = z.object({
  data: z.object({ boxes: z.array(z.unknown()), boxes_count: z.optional(z.int().check(z.minimum(0))) }),
})
const saved = z.string().check(z.regex(/saved in box/i))

/** Credentials of a session: both are worth the account while they live. */
export type AccountSession = z.output<typeof signedIn>

type Call<T> = Pick<ProviderCall<T>, 'operation' | 'method' | 'query' | 'body' | 'answer' | 'answerBytes'> & {
  path: string
  headers?: Record<string, string>
  jwt?: string | undefined
  deadline: number
}

async function call<T>({ path, headers = {}, jwt, deadline, ...rest }: Call<T>): Promise<T> {
  const { SENSEMAP_API } = await getSettings('SENSEMAP_API')
  return callProvider({
    provider: PROVIDER,
    url: `${SENSEMAP_API}${path}`,
    headers: { ...headers, ...(jwt !== undefined && { authorization: `Bearer ${jwt}` }) },
    // What may be done again is done again by the next run, which knows what has become of it.
    repeatable: rest.method === 'GET',
    deadline: Math.min(deadline, Date.now() + timeBudgets.openSenseMapCallMs),
    answerBytes: BOX_BYTES,
    reasonIn,
    ...rest,
  })
}

/** The word for a refusal that a new token may mend. */
export const INVALID_TOKEN_REASON = 'bad_token'

function reasonIn(body: unknown): string | undefined {
  const message = z.object({ message: z.string() }).safeParse(body).data?.message ?? ''
  return /\bjwt\b|please sign in/i.test(message) ? INVALID_TOKEN_REASON : undefined
}

/** `account` is an e-mail address or a user name. */
export const signIn = (account: string, password: string, deadline: number): Promise<AccountSession> =>
  call({
    operation: 'sign-in',
    method: 'POST',
    path: '/users/sign-in',
    body: { email: account, password },
    answer: signedIn,
    deadline,
  })

/** A new session for one whose JWT is over; its refresh token is worth nothing afterwards. */
export const refreshSession = ({ token, refreshToken }: AccountSession, deadline: number): Promise<AccountSession> =>
  call({
    operation: 'refresh-auth',
    method: 'POST',
    path: '/users/refresh-auth',
    jwt: token,
    body: { token: refreshToken },
    answer: signedIn,
    deadline,
  })

export const OWN_BOXES_OPERATION = 'own-boxes'

/** All boxes of the account. One that makes no sense is left out. */
export async function ownBoxes(jwt: string, deadline: number): Promise<Box[]> {
  const found = new Map<string, Box>()
  const read = async (number: number) => {
    const query = { page: String(number) }
    const request = { operation: OWN_BOXES_OPERATION, method: 'GET', path: '/users/me/boxes', query, jwt } as const
    const { data } = await call({ ...request, answer: page, answerBytes: LIST_BYTES, deadline })
    for (const each of data.boxes) {
      const parsed = box.safeParse(each).data
      if (parsed) found.set(parsed._id, parsed)
    }
    return { size: data.boxes.length, all: data.boxes_count ?? data.boxes.length }
  }
  const { size, all } = await read(0)
  const pages = size === 0 ? 1 : Math.ceil(all / size)
  // A box that is not found is made again: better none than a part of them.
  if (pages > MOST_PAGES)
    throw providerFailure('provider_answer_invalid', { provider: PROVIDER, operation: OWN_BOXES_OPERATION })
  await inParallel(
    Array.from({ length: pages - 1 }, (_, index) => index + 1),
    PAGES_AT_ONCE,
    async (number) => void (await read(number)),
  )
  return [...found.values()]
}

/** A box as everybody sees it, with what was measured last. */
export const fetchPublicBox = (boxId: string, deadline: number): Promise<Box> =>
  call({ operation: 'box', method: 'GET', path: `/boxes/${boxId}`, answer: box, deadline })

export interface NewBox {
  name: string
  exposure: string
  grouptag: string[]
  description: string
  /** Longitude, latitude, height. */
  location: number[]
  sensors: Sensor[]
}

/** Makes a box. The successor wants an id for each sensor, which it does not keep. */
export const createBox = (jwt: string, { sensors, ...rest }: NewBox, deadline: number): Promise<Box> =>
  call({
    operation: 'create-box',
    method: 'POST',
    path: '/boxes',
    jwt,
    body: { ...rest, sensors: sensors.map((each, index) => ({ id: String(index), ...each })) },
    answer: enveloped,
    deadline,
  })

/** What is to be different about a box; sensors are added to those that it has. */
export interface BoxChange {
  exposure?: string
  grouptag?: string[]
  weblink?: string
  sensors?: Sensor[]
}

export const changeBox = (
  jwt: string,
  boxId: string,
  { sensors, ...rest }: BoxChange,
  deadline: number,
): Promise<Box> =>
  call({
    operation: 'change-box',
    method: 'PUT',
    path: `/boxes/${boxId}`,
    jwt,
    body: { ...rest, ...(sensors && { sensors: sensors.map((each) => ({ new: true, edited: true, ...each })) }) },
    answer: enveloped,
    deadline,
  })

/** Stores measurements, all or none of them, as CSV: `sensor,value,time[,longitude,latitude[,height]]`. Not repeatable. */
export const postMeasurements = (
  { _id, useAuth, access_token }: Pick<Box, '_id' | 'useAuth' | 'access_token'>,
  csv: string,
  deadline: number,
): Promise<string> =>
  call({
    operation: 'measurements',
    method: 'POST',
    path: `/boxes/${_id}/data`,
    headers: { 'content-type': 'text/csv', ...(useAuth && access_token && { authorization: access_token }) },
    body: csv,
    answer: saved,
    deadline,
  })
