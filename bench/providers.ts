import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { type Call, callHandler, startBench } from './harness.ts'
import { medianOf, report } from './report.ts'
import { rounds } from './rounds.ts'

/**
 * Part `providers`: POST /session and /start, while each provider call takes 100 ms. One or several callers send their
 * next request after each response. The fakes run in another thread.
 */
const CALL_MS = 100
/** Provider calls of POST /session that depend on each other. */
const SEQUENTIAL_CALLS = 4
/** Calls before the measurement, to warm up the compiler. */
const WARM_UP = { session: 150, start: 800 }
const ROUNDS = rounds(3)
const CALLS_A_ROUND = 6
const SESSION_CALLERS = 8
const START_CALLERS = 16
/** Shares of what the provider calls alone allow. */
const AIMS = { session: { atMost: 1.075 }, sessions: { atLeast: 0.8 }, starts: { atLeast: 0.76 } }

const emails = Array.from(
  { length: WARM_UP.session + ROUNDS * CALLS_A_ROUND * (1 + SESSION_CALLERS) },
  (_, index) => `user${index}@corp.example`,
)
const providers = new Worker(new URL('providers-worker.ts', import.meta.url), {
  workerData: { emails: ['bob@corp.example', ...emails] },
})
const [settings] = await once(providers, 'message')
const { load, stop } = await startBench({ ...settings, OPEN_ENDPOINTS: 'start,auth' })
const [auth, session, start] = await Promise.all([
  load('help-lightning-user-token'),
  load('create-call'),
  load('start'),
])

/** A call by a new user, since a repeated call within a minute returns the same session. */
async function makeInvitation(email: string): Promise<Call> {
  const { token } = JSON.parse(await callHandler(auth, { method: 'GET', path: '/auth', query: `email=${email}` }))
  const headers = { 'content-type': 'application/json', authorization: token }
  return { method: 'POST', path: '/session', headers, body: JSON.stringify({ contact_email: 'bob@corp.example' }) }
}

/** Sends requests one after another while `sendNext` returns one. Returns the milliseconds of each. */
async function sendSequentially(sendNext: () => Promise<unknown> | undefined): Promise<number[]> {
  const times: number[] = []
  for (;;) {
    const before = performance.now()
    const response = sendNext()
    if (!response) return times
    await response
    times.push(performance.now() - before)
  }
}

const invitations: Call[] = []
for (const email of emails) invitations.push(await makeInvitation(email))
const send = {
  session() {
    const next = invitations.pop()
    if (!next) throw new Error('No unused caller remains: raise WARM_UP.session.')
    return callHandler(session, next)
  },
  start: () => callHandler(start, { method: 'GET', path: '/start' }),
}
const limitCalls = (count: number, run: () => Promise<unknown>) => {
  let remaining = count
  return () => (remaining-- > 0 ? run() : undefined)
}
await sendSequentially(limitCalls(WARM_UP.session, send.session))
await sendSequentially(limitCalls(WARM_UP.start, send.start))
providers.postMessage(CALL_MS)

/** Responses per second in each round, and this thread's CPU milliseconds per response. */
async function measureConcurrent(callers: number, run: () => Promise<unknown>) {
  const rates: number[] = []
  const cpu: number[] = []
  const calls = callers * CALLS_A_ROUND
  for (let round = 0; round < ROUNDS; round += 1) {
    const [before, cpuBefore] = [performance.now(), process.threadCpuUsage()]
    const next = limitCalls(calls, run)
    await Promise.all(Array.from({ length: callers }, () => sendSequentially(next)))
    const { user, system } = process.threadCpuUsage(cpuBefore)
    rates.push((calls * 1_000) / (performance.now() - before))
    cpu.push((user + system) / 1_000 / calls)
  }
  return { rates, cpu }
}

const oneSession = await sendSequentially(limitCalls(ROUNDS * CALLS_A_ROUND, send.session))
const sessions = await measureConcurrent(SESSION_CALLERS, send.session)
const oneStart = await sendSequentially(limitCalls(ROUNDS * CALLS_A_ROUND, send.start))
const starts = await measureConcurrent(START_CALLERS, send.start)

/** Of a rate, the share that remains if each response takes as long as its provider calls. */
const shareOf = (rates: readonly number[], callers: number, calls: number) =>
  rates.map((rate) => rate / (callers / ((calls * CALL_MS) / 1_000)))
const sessionMs = SEQUENTIAL_CALLS * CALL_MS
report('providers', [
  medianOf(
    `POST \`/session\`, of ${sessionMs} ms of provider calls`,
    'x',
    oneSession.map((ms) => ms / sessionMs),
    AIMS.session,
  ),
  medianOf(`POST \`/session\`, ${SESSION_CALLERS} callers`, '/s', sessions.rates),
  medianOf(
    `POST \`/session\`, ${SESSION_CALLERS} callers, of what provider calls allow`,
    'x',
    shareOf(sessions.rates, SESSION_CALLERS, SEQUENTIAL_CALLS),
    AIMS.sessions,
  ),
  medianOf('POST `/session`: own CPU', 'ms', sessions.cpu),
  medianOf(`\`/start\`, with a provider call of ${CALL_MS} ms`, 'ms', oneStart),
  medianOf(`\`/start\`, ${START_CALLERS} callers`, '/s', starts.rates),
  medianOf(
    `\`/start\`, ${START_CALLERS} callers, of what provider calls allow`,
    'x',
    shareOf(starts.rates, START_CALLERS, 1),
    AIMS.starts,
  ),
  medianOf('`/start`: own CPU', 'ms', starts.cpu),
])

await Promise.all([providers.terminate(), stop()])
process.exit(0)
