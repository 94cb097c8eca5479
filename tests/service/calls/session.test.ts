import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { callOf, create, join, type Person, person } from '../../support/calls.ts'
import { type Latchkey, startLatchkey } from '../../support/latchkey.ts'
import { localOnly } from '../../support/local-only.ts'
import { faultyFields, fieldsOf, problemOf } from '../../support/responses.ts'
import { setTimeBudgets } from '../../support/time-budgets.ts'

let latchkey: Latchkey
let ann: Person
let bob: Person
let eve: Person
let guests = 0
beforeAll(async () => {
  latchkey = await startLatchkey()
  ann = await person(latchkey, 'ann@corp.example')
  bob = await person(latchkey, 'bob@corp.example')
  eve = await person(latchkey, 'eve@corp.example')
})
afterAll(() => latchkey.stop())
afterEach(() => {
  vi.useRealTimers()
  latchkey.helpLightning.plan = () => undefined
  latchkey.database.plan = () => undefined
})

/** A user that no other test uses. */
const guest = () => person(latchkey, `guest${++guests}@corp.example`)
const created = async (by: Person, contact: Person) => callOf(await create(latchkey, by, contact))
const sessions = () =>
  latchkey.helpLightning.calls.filter(({ method, path }) => method === 'POST' && path === '/v1/sessions')
/** A PIN without a call. */
async function unusedPin() {
  const ids = new Set((await items()).map(({ id }) => id))
  return [...Array(10_000).keys()].map((n) => String(n).padStart(4, '0')).find((pin) => !ids.has(`pin#${pin}`)) ?? ''
}
function later(seconds: number) {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + seconds * 1000 })
}
async function items() {
  const { documents } = await import('../../../lib/dynamodb/client.ts')
  const { Items = [] } = await documents.send(new ScanCommand({ TableName: process.env['SESSIONS_TABLE'] ?? '' }))
  return Items
}

describe('a call', () => {
  it('is created by one user and joined by the other, each with their own tokens', async () => {
    const mine = await created(ann, bob)
    expect(mine).toMatchObject({
      sid: expect.stringMatching(/^\d{4}$/),
      user_token: ann.token,
      url: 'gss+ssl://gss.example:40178',
      ws_url: 'wss://gss.example:40177',
    })
    const [id] = mine.session_id
    const session = latchkey.helpLightning.sessions.get(id)
    const theirs = await callOf(await join(latchkey, bob, mine.sid))
    const [, bobUser] = latchkey.helpLightning.users
    expect(theirs).toEqual({ ...mine, user_token: bob.token, session_token: session?.tokens.get(bobUser?.id ?? 0) })
    expect(theirs.session_token).not.toBe(mine.session_token)
    expect(await callOf(await join(latchkey, bob, mine.sid))).toEqual(theirs)
    const sent = latchkey.helpLightning.calls.find(({ method, path }) => method === 'POST' && path === '/v1/sessions')
    expect(sent).toMatchObject({ body: { contact_tokens: [bob.token] }, headers: { authorization: ann.token } })
  })

  it('accepts the user token raw or as Bearer, and a body of any content type', async () => {
    const [one, two] = [await guest(), await guest()]
    const answer = await create(latchkey, { ...one, token: `Bearer ${one.token}` }, two, {
      'content-type': 'text/plain',
    })
    const { sid, user_token } = await callOf(answer)
    expect(user_token).toBe(one.token)
    await callOf(await join(latchkey, { token: `bearer ${two.token}` }, sid))
  })

  it('is returned again within a minute; a later request creates another call', async () => {
    const [one, two] = [await guest(), await guest()]
    const before = sessions().length
    const first = await created(one, two)
    expect(await created(one, { ...two, email: two.email.toUpperCase() })).toEqual(first)
    expect(await created(one, two)).toEqual(first)
    expect(sessions()).toHaveLength(before + 1)
    later(61)
    expect((await created(one, two)).session_id).not.toEqual(first.session_id)
    expect(sessions()).toHaveLength(before + 2)
  })

  // As in stream-video-flutter#1067, talk-android#1232 (the caller left) and `bigbluebutton`#13189 (the contact left).
  it.each([0, 61, 3_500])('is joined again by each of the two with the PIN after %i seconds', async (seconds) => {
    const [one, two] = [await guest(), await guest()]
    const mine = await created(one, two)
    const theirs = await callOf(await join(latchkey, two, mine.sid))
    later(seconds)
    for (let times = 0; times < 12; times += 1) expect(await callOf(await join(latchkey, one, mine.sid))).toEqual(mine)
    expect(await callOf(await join(latchkey, two, mine.sid))).toEqual(theirs)
  })

  it('is joined again by its caller after a later request created another one', async () => {
    const [one, two] = [await guest(), await guest()]
    const first = await created(one, two)
    later(61)
    const second = await created(one, two)
    expect(await callOf(await join(latchkey, one, first.sid))).toEqual(first)
    expect(await callOf(await join(latchkey, one, second.sid))).toEqual(second)
  })

  it('is joined again by its caller with a new user token', async () => {
    const [one, two] = [await guest(), await guest()]
    const first = await created(one, two)
    const again = await person(latchkey, one.email)
    expect(await callOf(await join(latchkey, again, first.sid))).toEqual({ ...first, user_token: again.token })
  })

  it('is separate from the call that the contact creates at the same time; both people can join either', async () => {
    const [one, two] = [await guest(), await guest()]
    const [mine, theirs] = await Promise.all([created(one, two), created(two, one)])
    expect(mine.session_id).not.toEqual(theirs.session_id)
    for (const someone of [one, two]) {
      for (const { sid, session_id } of [mine, theirs]) {
        expect((await callOf(await join(latchkey, someone, sid))).session_id).toEqual(session_id)
      }
    }
  })

  it('is created once for five concurrent requests; calls of other users are separate', async () => {
    const [one, two, three] = [await guest(), await guest(), await guest()]
    latchkey.helpLightning.plan = ({ path }) => (path === '/v1/sessions' ? 300 : undefined)
    const before = sessions().length
    const same = await Promise.all([1, 2, 3, 4, 5].map(() => created(one, two)))
    expect(new Set(same.map((each) => JSON.stringify(each))).size).toBe(1)
    expect(sessions()).toHaveLength(before + 1)
    expect((await created(three, two)).sid).not.toBe(same[0]?.sid)
    expect((await created(one, three)).sid).not.toBe(same[0]?.sid)
  })

  it('lets the contact join and requests video concurrently', async () => {
    const [one, two] = [await guest(), await guest()]
    const bothCame = Promise.withResolvers<undefined>()
    let came = 0
    latchkey.helpLightning.plan = ({ path }) => {
      if (path !== '/v1/session/video' && !path.startsWith('/v1/sessions/')) return undefined
      came += 1
      if (came === 2) bothCame.resolve(undefined)
      return bothCame.promise
    }
    await created(one, two)
  })

  it('returns session_id as a string if the settings say so', async () => {
    process.env['HLSERVER_SESSION_ID'] = 'string'
    await latchkey.anotherContainer()
    const answer = await fieldsOf(await create(latchkey, await guest(), await guest()))
    process.env['HLSERVER_SESSION_ID'] = ''
    await latchkey.anotherContainer()
    expect(answer['session_id']).toMatch(/^[0-9a-f-]{36}$/)
  })

  it.each([
    ['no contact', '{}', ['contact_email']],
    ['a contact that is not an e-mail address', '{"contact_email":"bob"}', ['contact_email']],
    ['a body that is not JSON', 'contact_email=bob@corp.example', ['body']],
    ['an empty body', '', ['body']],
  ])('rejects %s with 400', async (_case, body, fields) => {
    const answer = await latchkey.call('/session', { method: 'POST', headers: { authorization: ann.token }, body })
    expect([answer.status, await faultyFields(answer)]).toEqual([400, fields])
  })

  it('rejects the caller as contact with 400, and an unknown contact with 404', async () => {
    const oneself = await create(latchkey, ann, ann)
    expect([oneself.status, await faultyFields(oneself)]).toEqual([400, ['contact_email']])
    expect((await create(latchkey, ann, { email: 'nobody@corp.example' })).status).toBe(404)
  })
})

describe('user tokens', () => {
  it('are rejected with 401 unless this service issued them', async () => {
    const mallory = await latchkey.helpLightning.addUser('mallory@corp.example')
    const before = sessions().length
    for (const token of [mallory.token, `${ann.token}x`, 'x', 'a'.repeat(9_000), 'a b']) {
      const answer = await create(latchkey, { email: '', token }, bob)
      expect([answer.status, (await problemOf(answer)).code]).toEqual([401, 'credentials_invalid'])
      expect((await join(latchkey, { token }, '0000')).status).toBe(401)
    }
    expect((await latchkey.call('/session?sid=0000')).status).toBe(401)
    expect((await latchkey.call('/session', { method: 'POST', body: '{}' })).status).toBe(401)
    expect(sessions()).toHaveLength(before)
  })

  it.each(['number', 'text'] as const)(
    'that expired at Help Lightning (code as a %s) return user_token_expired',
    async (flavour) => {
      const [one, two] = [await guest(), await guest()]
      latchkey.helpLightning.expired.set(one.token, flavour)
      const answer = await create(latchkey, one, two)
      const problem = await problemOf(answer)
      expect([answer.status, problem.code]).toEqual([401, 'user_token_expired'])
      expect(problem.detail).toContain('/auth')
      latchkey.helpLightning.expired.clear()
      await created(one, two)
    },
  )

  it('that expired by their own claim return user_token_expired', async () => {
    const one = await guest()
    later(30 * 86_400 + 1)
    expect((await problemOf(await join(latchkey, one, '0000'))).code).toBe('user_token_expired')
  })

  it('are stored as digests, and the tokens of a call are stored encrypted', async () => {
    const [one, two] = [await guest(), await guest()]
    const mine = await created(one, two)
    const theirs = await callOf(await join(latchkey, two, mine.sid))
    const kept = JSON.stringify(await items())
    for (const secret of [one.token, two.token, mine.session_token, theirs.session_token, one.email]) {
      expect(kept).not.toContain(secret)
    }
    expect(kept).toContain(`pin#${mine.sid}`)
  })
})

describe('a PIN that a person typed', () => {
  // As in wso2/product-is#17641 (blanks), wise-old-man#1588 (dashes) and `nextcloud/twofactor_totp`#189 ("123 456").
  it.each([
    (pin: string) => `${pin} `,
    (pin: string) => `\t${pin}\n`,
    (pin: string) => `${pin.slice(0, 2)}-${pin.slice(2)}`,
    (pin: string) => `${pin.slice(0, 2)} ${pin.slice(2)}`,
    (pin: string) => `\u200e${pin.slice(0, 2)}\u2013${pin.slice(2)}\u00a0`,
    (pin: string) => pin.replace(/\d/g, (digit) => String.fromCodePoint(0xff10 + Number(digit))),
    (pin: string) => pin.replace(/\d/g, (digit) => String.fromCodePoint(0x0660 + Number(digit))),
  ])('joins the call with blanks, dashes and digits of other scripts (%#)', async (typed) => {
    const [one, two] = [await guest(), await guest()]
    const { sid } = await created(one, two)
    const theirs = await callOf(await join(latchkey, two, encodeURIComponent(typed(sid))))
    expect(theirs.sid).toBe(sid)
  })

  it.each(['', ' ', '-', 'abcd', '123', '12345', '12.34', '½234', '1234567890123', 'x'.repeat(65), '%00000'])(
    'returns 400 for what cannot be a PIN (%j), which is not counted',
    async (typed) => {
      const [one, two] = [await guest(), await guest()]
      const { sid } = await created(one, two)
      for (let times = 0; times < 12; times += 1) {
        const answer = await join(latchkey, two, encodeURIComponent(typed))
        expect([answer.status, await faultyFields(answer)]).toEqual([400, ['sid']])
      }
      await callOf(await join(latchkey, two, sid))
    },
  )
})

describe('another user with a valid token', localOnly('It needs too many calls.'), () => {
  it('gets the same 404 for a PIN of others, an unused PIN and an expired PIN', async () => {
    const [one, two] = [await guest(), await guest()]
    const { sid } = await created(one, two)
    const answers = [await join(latchkey, eve, sid), await join(latchkey, eve, await unusedPin())]
    later(3_601)
    answers.push(await join(latchkey, two, sid), await join(latchkey, one, sid))
    const bodies = await Promise.all(answers.map(fieldsOf))
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404])
    expect(new Set(bodies.map((body) => JSON.stringify({ ...body, request_id: '' }))).size).toBe(1)
  })

  it('cannot guess PINs: after ten misses in ten minutes even the correct PIN returns 429', async () => {
    const [one, two, stranger] = [await guest(), await guest(), await guest()]
    const { sid } = await created(one, two)
    const guesses = await Promise.all(
      Array.from({ length: 30 }, (_, index) => join(latchkey, stranger, `${7000 + index}`)),
    )
    const refused = guesses.filter(({ status }) => status === 429)
    expect(guesses.filter(({ status }) => status === 404)).toHaveLength(10)
    expect(refused).toHaveLength(20)
    const wait = Number(refused[0]?.headers.get('retry-after'))
    expect(wait).toBeGreaterThan(400)
    expect(wait).toBeLessThanOrEqual(600)
    expect((await problemOf(refused[0] ?? Response.error())).code).toBe('too_many_attempts')
    await callOf(await join(latchkey, two, sid))
    const { sid: own } = await created(one, stranger)
    expect((await join(latchkey, stranger, own)).status).toBe(429)
    later(wait + 1)
    await callOf(await join(latchkey, stranger, own))
  })

  it('joins their own call repeatedly and concurrently without being locked out', async () => {
    const [one, two] = [await guest(), await guest()]
    const { sid } = await created(one, two)
    for (let times = 0; times < 12; times += 1) await callOf(await join(latchkey, two, sid))
    const burst = await Promise.all(Array.from({ length: 40 }, () => join(latchkey, two, sid)))
    expect(burst.filter(({ status }) => status === 404)).toEqual([])
    await callOf(await join(latchkey, two, sid))
    latchkey.database.plan = (_command, body) => (body.includes(':less') ? 'failing' : undefined)
    await callOf(await join(latchkey, two, sid))
  })

  it('can request thirty calls in ten minutes, with known and unknown contacts', async () => {
    const stranger = await guest()
    const nobody = (index: number) => create(latchkey, stranger, { email: `nobody${index}@corp.example` })
    const answers = await Promise.all(Array.from({ length: 35 }, (_, index) => nobody(index)))
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(30)
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused).toHaveLength(5)
    expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(400)
    const known = await guest()
    expect((await create(latchkey, stranger, known)).status).toBe(429)
    later(601)
    await created(stranger, known)
  })

  it('never receives the PIN of an active call', async () => {
    process.env['HLSERVER_PIN_MINUTES'] = '1440'
    await latchkey.anotherContainer()
    const [one, two] = [await guest(), await guest()]
    const first = await created(one, two)
    const calls = await Promise.all(Array.from({ length: 20 }, async () => created(await guest(), eve)))
    expect(calls.map(({ sid }) => sid)).not.toContain(first.sid)
    await callOf(await join(latchkey, two, first.sid))
    process.env['HLSERVER_PIN_MINUTES'] = ''
    await latchkey.anotherContainer()
  })
})

describe('when Help Lightning', () => {
  it.each([
    [
      'is unavailable while the contact is looked up',
      '/v1r1/enterprise/users',
      'never arrives',
      503,
      'provider_unavailable',
    ],
    ['fails to create', '/v1/sessions', { status: 500 }, 503, 'provider_unavailable'],
    ['rejects video', '/v1/session/video', { status: 403 }, 502, 'provider_refused'],
    ['returns invalid data for video', '/v1/session/video', 'garbage', 502, 'provider_answer_invalid'],
    [
      'returns an invalid session id',
      '/v1/sessions',
      { status: 200, body: { id: '..', token: 'x' } },
      502,
      'provider_answer_invalid',
    ],
    [
      'returns a session id with a lone surrogate',
      '/v1/sessions',
      { status: 200, body: '{"id":"\\ud800","token":"x"}' },
      502,
      'provider_answer_invalid',
    ],
    [
      'reports an expired user token',
      '/v1/session/video',
      { status: 400, body: '{"code":"1003"}' },
      401,
      'user_token_expired',
    ],
  ] as const)(
    '%s, Latchkey releases the PIN, and the next request creates a call',
    async (_case, broken, fault, status, code) => {
      const [one, two] = [await guest(), await guest()]
      const pins = async () => (await items()).filter(({ id }) => String(id).startsWith('pin#')).length
      const before = await pins()
      latchkey.helpLightning.plan = ({ path }) => (path === broken ? fault : undefined)
      const answer = await create(latchkey, one, two)
      expect([answer.status, (await problemOf(answer)).code]).toEqual([status, code])
      expect(await pins()).toBe(before)
      latchkey.helpLightning.plan = () => undefined
      await created(one, two)
    },
  )

  it('does not respond in time, Latchkey returns 504', async () => {
    const [one, two] = [await guest(), await guest()]
    setTimeBudgets({ providerMs: 500 })
    latchkey.helpLightning.plan = ({ path }) => (path === '/v1/session/video' ? 'never answered' : undefined)
    const answer = await create(latchkey, one, two)
    expect([answer.status, (await problemOf(answer)).code]).toEqual([504, 'provider_timeout'])
  })
})

describe('with two concurrent requests for the same call,', () => {
  it('the second creates it if the first fails', async () => {
    const [one, two] = [await guest(), await guest()]
    let tries = 0
    latchkey.helpLightning.plan = ({ path }) =>
      path === '/v1/session/video' && ++tries === 1 ? { status: 500 } : path === '/v1/sessions' ? 300 : undefined
    later(0) // The clock is frozen: no claim expires.
    const answers = await Promise.all([create(latchkey, one, two), create(latchkey, one, two)])
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 503])
  })

  it('the first returns it even if its result cannot be stored', async () => {
    const [one, two] = [await guest(), await guest()]
    latchkey.database.plan = (command, body) =>
      command === 'PutItem' && body.includes('once#') && body.includes('outcome') ? 'failing' : undefined
    const { sid } = await created(one, two)
    await callOf(await join(latchkey, two, sid))
  })
})

describe('when the table hangs', () => {
  it.each(['save', 'all'])('after the provider responded (%s), Latchkey returns 503 in time', async (what) => {
    const [one, two] = [await guest(), await guest()]
    latchkey.setRemainingTime(2_000)
    let made = false
    latchkey.helpLightning.plan = ({ path }) => {
      made ||= path === '/v1/session/video'
      return undefined
    }
    latchkey.database.plan = (_command, body) =>
      made && (what === 'all' || body.includes('sealed')) ? 'never answered' : undefined
    expect((await create(latchkey, one, two)).status).toBe(503)
  })
})

describe('PINs', localOnly('It needs too many calls.'), () => {
  it('are distinct for 20 concurrent calls', async () => {
    const people = await Promise.all(Array.from({ length: 20 }, guest))
    const calls = await Promise.all(people.map((each) => created(each, bob)))
    expect(new Set(calls.map(({ sid }) => sid)).size).toBe(20)
  })

  it('are redrawn if they are in use, and return pins_exhausted if none is free', async () => {
    const { documents } = await import('../../../lib/dynamodb/client.ts')
    const TableName = process.env['SESSIONS_TABLE'] ?? ''
    const until = Date.now() + 3_600_000
    // Each matching PIN is stored for an active call just before Latchkey tries to reserve it.
    const take = (taken: RegExp) => (command: string, body: string) => {
      const id = command === 'PutItem' && body.includes('Condition') ? /pin#\d+/.exec(body)?.[0] : undefined
      if (!id || !taken.test(id)) return undefined
      return documents.send(new PutCommand({ TableName, Item: { id, holder: 'x', until } })).then(() => undefined)
    }
    latchkey.database.plan = take(/[0-68-9]$/)
    const answers = await Promise.all(Array.from({ length: 8 }, async () => create(latchkey, await guest(), bob)))
    const made = answers.filter(({ status }) => status === 200)
    expect(made.length).toBeGreaterThan(0)
    for (const answer of made) expect((await callOf(answer)).sid).toMatch(/7$/)

    latchkey.database.plan = take(/#\d{4}$/)
    const before = sessions().length
    const none = await create(latchkey, await guest(), bob)
    expect([none.status, none.headers.get('retry-after'), (await problemOf(none)).code]).toEqual([
      503,
      '60',
      'pins_exhausted',
    ])
    expect(sessions()).toHaveLength(before)
    latchkey.database.plan = () => undefined

    process.env['HLSERVER_PIN_DIGITS'] = '8'
    await latchkey.anotherContainer()
    expect((await created(await guest(), bob)).sid).toMatch(/^\d{8}$/)
    process.env['HLSERVER_PIN_DIGITS'] = ''
    await latchkey.anotherContainer()
    later(3_601)
    expect((await create(latchkey, await guest(), await guest())).status).toBe(200)
  })
})
