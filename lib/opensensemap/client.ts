import * as z from 'zod/mini'
import { getSettings } from '../config/settings.ts'
import { inParallel } from '../core/concurrency.ts'
import { timeBudgets } from '../core/time-budgets.ts'
import { providerFailure } from '../providers/errors.ts'
import { callProvider, type ProviderMethod, type ProviderRequest, tokenText } from '../providers/http.ts'
import type { Sensor } from './sensors.ts'

/**
 * openSenseMap's API in both generations: the classic one wraps its responses, its successor does not. An invalid JWT
 * is one of several causes of 403; only the message identifies it.
 */
const PROVIDER = 'openSenseMap'

/** All boxes of an account in one response, if they are not paged. One box may have a thousand sensors. */
const LIST_BYTES = 16_000_000
const BOX_BYTES = 2_000_000
const PAGES_AT_ONCE = 4
const MAX_PAGES = 1_000

const id = z.string().check(z.regex(/^[\w-]{1,64}$/))
const sensor = z.object({
  _id: id,
  title: z.string(),
  unit: z.string(),
  sensorType: z.nullish(z.string()),
  /** Absent if nothing was measured yet. An invalid value becomes an invalid time. */
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

/** A box at openSenseMap, with the members that Latchkey uses. */
export type Box = z.output<typeof box>

const boxResponse = z.union([
  z.pipe(
    z.object({ data: box }),
    z.transform(({ data }) => data),
  ),
  box,
])
const sessionResponse = z.object({
  token: tokenText,
  refreshToken: z.string().check(z.minLength(1), z.maxLength(4_096)),
})
const pageResponse = z.object({
  data: z.object({ boxes: z.array(z.unknown()), boxes_count: z.optional(z.int().check(z.minimum(0))) }),
})
const savedResponse = z.string().check(z.regex(/saved in box/i))

/** Tokens of a session. Either one gives access to the account until it expires. */
export type AccountSession = z.output<typeof sessionResponse>

type Call<T> = ProviderRequest<T> & { headers?: Record<string, string>; jwt?: string | undefined }

/** The next run repeats calls other than GET, after it has checked whether they succeeded. */
async function call<T>(
  operation: string,
  method: ProviderMethod,
  path: string,
  { headers = {}, jwt, deadline, ...rest }: Call<T>,
): Promise<T> {
  const { SENSEMAP_API } = await getSettings('SENSEMAP_API')
  return callProvider({
    provider: PROVIDER,
    operation,
    method,
    url: `${SENSEMAP_API}${path}`,
    headers: { ...headers, ...(jwt !== undefined && { authorization: `Bearer ${jwt}` }) },
    deadline: Math.min(deadline, Date.now() + timeBudgets.openSenseMapCallMs),
    answerBytes: BOX_BYTES,
    reasonIn,
    ...rest,
  })
}

/** Reason of a rejection after which a new token may succeed. */
export const INVALID_TOKEN_REASON = 'bad_token'

function reasonIn(body: unknown): string | undefined {
  const message = z.object({ message: z.string() }).safeParse(body).data?.message ?? ''
  return /\bjwt\b|please sign in/i.test(message) ? INVALID_TOKEN_REASON : undefined
}

/** `account` is an e-mail address or a user name. */
export const signIn = (account: string, password: string, deadline: number): Promise<AccountSession> =>
  call('sign-in', 'POST', '/users/sign-in', { body: { email: account, password }, answer: sessionResponse, deadline })

/** Replaces a session whose JWT has expired. Its refresh token is invalid afterwards. */
export const refreshSession = ({ token, refreshToken }: AccountSession, deadline: number): Promise<AccountSession> =>
  call('refresh-auth', 'POST', '/users/refresh-auth', {
    jwt: token,
    body: { token: refreshToken },
    answer: sessionResponse,
    deadline,
  })

export const OWN_BOXES_OPERATION = 'own-boxes'

/** All boxes of the account. Invalid ones are skipped. */
export async function fetchAccountBoxes(jwt: string, deadline: number): Promise<Box[]> {
  const boxes = new Map<string, Box>()
  const readPage = async (number: number) => {
    const query = { page: String(number) }
    const request = { query, jwt, answer: pageResponse, answerBytes: LIST_BYTES, deadline }
    const { data } = await call(OWN_BOXES_OPERATION, 'GET', '/users/me/boxes', request)
    for (const item of data.boxes) {
      const parsed = box.safeParse(item).data
      if (parsed) boxes.set(parsed._id, parsed)
    }
    return { size: data.boxes.length, total: data.boxes_count ?? data.boxes.length }
  }
  const { size, total } = await readPage(0)
  const pages = size === 0 ? 1 : Math.ceil(total / size)
  // A box that is missing from the list would be created again, so a partial list is an error.
  if (pages > MAX_PAGES)
    throw providerFailure('provider_answer_invalid', { provider: PROVIDER, operation: OWN_BOXES_OPERATION })
  await inParallel(
    Array.from({ length: pages - 1 }, (_, index) => index + 1),
    PAGES_AT_ONCE,
    async (number) => void (await readPage(number)),
  )
  return [...boxes.values()]
}

/** The public view of a box, with the last measurement of each sensor. */
export const fetchPublicBox = (boxId: string, deadline: number): Promise<Box> =>
  call('box', 'GET', `/boxes/${boxId}`, { answer: box, deadline })

export interface NewBox {
  name: string
  exposure: string
  grouptag: string[]
  description: string
  /** Longitude, latitude, height. */
  location: number[]
  sensors: Sensor[]
}

/** Creates a box. The successor requires an id for each sensor, but does not store it. */
export const createBox = (jwt: string, { sensors, ...rest }: NewBox, deadline: number): Promise<Box> =>
  call('create-box', 'POST', '/boxes', {
    jwt,
    body: { ...rest, sensors: sensors.map((item, index) => ({ id: String(index), ...item })) },
    answer: boxResponse,
    deadline,
  })

/** New values of a box. Sensors are added to the existing ones. */
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
  call('change-box', 'PUT', `/boxes/${boxId}`, {
    jwt,
    body: { ...rest, ...(sensors && { sensors: sensors.map((item) => ({ new: true, edited: true, ...item })) }) },
    answer: boxResponse,
    deadline,
  })

/** Stores all measurements or none, as CSV: `sensor,value,time[,longitude,latitude[,height]]`. Not repeatable. */
export const postMeasurements = (
  { _id, useAuth, access_token }: Pick<Box, '_id' | 'useAuth' | 'access_token'>,
  csv: string,
  deadline: number,
): Promise<string> =>
  call('measurements', 'POST', `/boxes/${_id}/data`, {
    headers: { 'content-type': 'text/csv', ...(useAuth && access_token && { authorization: access_token }) },
    body: csv,
    answer: savedResponse,
    deadline,
  })
