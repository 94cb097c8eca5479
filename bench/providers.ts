import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { answerOf, type Call, startBench } from './harness.ts'
import { medianOf, report } from './report.ts'

/**
 * Part `providers`: POST /session and /start while each call to the provider takes 100 ms, of one caller and of several,
 * each of whom asks again as soon as there is an answer. The fakes have a thread of their own.
 */
const CALL_MS = 100
/** Provider calls of POST /session of which each needs what the one before it has given. */
const CALLS_IN_A_ROW = 4
/** Calls before anything counts, for the compiler: of sessions as many as there are callers for. */
const WARM_UP = { session: 150, start: 800 }
const ROUNDS = 5
const CALLS_A_ROUND = 6
const SESSION_CALLERS = 8
const START_CALLERS = 16
/** What the original serves a second with so many callers. */
const ORIGINAL = { session: 1.6, start: 8.1 }

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

/** Of a caller who has not called before: the same call asked for twice within a minute is one. */
async function invitation(email: string): Promise<Call> {
  const { token } = JSON.parse(await answerOf(auth, { method: 'GET', path: '/auth', query: `email=${email}` }))
  const headers = { 'content-type': 'application/json', authorization: token }
  return { method: 'POST', path: '/session', headers, body: JSON.stringify({ contact_email: 'bob@corp.example' }) }
}

/** Asks for as many as are left, in a row; gives the milliseconds that each took. */
async function inARow(ask: () => Promise<unknown> | undefined): Promise<number[]> {
  const times: number[] = []
  for (;;) {
    const before = performance.now()
    const answer = ask()
    if (!answer) return times
    await answer
    times.push(performance.now() - before)
  }
}

const invitations: Call[] = []
for (const email of emails) invitations.push(await invitation(email))
const ask = {
  session() {
    const next = invitations.pop()
    if (!next) throw new Error('nobody is left who has not called')
    return answerOf(session, next)
  },
  start: () => answerOf(start, { method: 'GET', path: '/start' }),
}
const upTo = (count: number, run: () => Promise<unknown>) => {
  let left = count
  return () => (left-- > 0 ? run() : undefined)
}
await inARow(upTo(WARM_UP.session, ask.session))
await inARow(upTo(WARM_UP.start, ask.start))
providers.postMessage(CALL_MS)

/** Answers a second, round by round, and the milliseconds of processor that this thread spent on each. */
async function together(callers: number, run: () => Promise<unknown>) {
  const rates: number[] = []
  const cpu: number[] = []
  const calls = callers * CALLS_A_ROUND
  for (let round = 0; round < ROUNDS; round += 1) {
    const [before, cpuBefore] = [performance.now(), process.threadCpuUsage()]
    const next = upTo(calls, run)
    await Promise.all(Array.from({ length: callers }, () => inARow(next)))
    const { user, system } = process.threadCpuUsage(cpuBefore)
    rates.push((calls * 1_000) / (performance.now() - before))
    cpu.push((user + system) / 1_000 / calls)
  }
  return { rates, cpu }
}

const oneSession = await inARow(upTo(ROUNDS * CALLS_A_ROUND, ask.session))
const sessions = await together(SESSION_CALLERS, ask.session)
const oneStart = await inARow(upTo(ROUNDS * CALLS_A_ROUND, ask.start))
const starts = await together(START_CALLERS, ask.start)
report('providers', [
  medianOf(`POST \`/session\`, at ${CALLS_IN_A_ROW} x ${CALL_MS} ms`, 'ms', oneSession, { atMost: 430 }),
  medianOf(`POST \`/session\`, ${SESSION_CALLERS} callers`, '/s', sessions.rates, { atLeast: 10 * ORIGINAL.session }),
  medianOf('own CPU of each', 'ms', sessions.cpu),
  medianOf(`\`/start\`, at ${CALL_MS} ms`, 'ms', oneStart),
  medianOf(`\`/start\`, ${START_CALLERS} callers`, '/s', starts.rates, { atLeast: 15 * ORIGINAL.start }),
  medianOf('own CPU of each', 'ms', starts.cpu),
])

await Promise.all([providers.terminate(), stop()])
process.exit(0)
