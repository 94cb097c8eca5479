import { setTimeout as sleep } from 'node:timers/promises'
import type { Figure } from './report.ts'
import type { Service } from './service.ts'

/** Wait before a retry of a request that got no response. The guides advise a minute, which is too long for a benchmark. */
const NO_RESPONSE_MS = 2_000
/** Each wait is up to this share longer, as the guides advise. */
const JITTER = 0.5
const RETRIED = [429, 503, 504]

/** Requests of one kind, and how they went. */
export interface Kind {
  name: string
  /** Milliseconds of each accepted request. */
  times: number[]
  /** Requests whose first attempt no crash of the service interrupted, and those of them that it accepted. */
  first: { sent: number; accepted: number }
  /** Attempts with a 429, 503 or 504. */
  retried: number
}

export const newKind = (name: string): Kind => ({ name, times: [], first: { sent: 0, accepted: 0 }, retried: 0 })

/** Sends requests to a service that may crash, and retries them as the guides advise. */
export function startSender(service: Service) {
  let [isDown, isStopped] = [false, false]
  const unexpected: string[] = []

  /** Returns the text of the response once the request was accepted. Null if `canGiveUp` and the devices stop before. */
  async function send(kind: Kind, path: string, init: RequestInit, canGiveUp = false): Promise<string | null> {
    for (let isFirst = true; ; isFirst = false) {
      const wasDown = isDown
      const before = performance.now()
      const response = await fetch(`${service.url}${path}`, { method: 'POST', ...init }).catch(() => null)
      // A response that ends early is not a response.
      const text = (await response?.text().catch(() => null)) ?? null
      const isAccepted = response?.status === 200 && text !== null
      if (isFirst && !wasDown && !isDown) {
        kind.first.sent += 1
        if (isAccepted) kind.first.accepted += 1
      }
      if (isAccepted) {
        kind.times.push(performance.now() - before)
        return text
      }
      const status = text === null ? undefined : response?.status
      if (status !== undefined && RETRIED.includes(status)) kind.retried += 1
      else if (status !== undefined || (!wasDown && !isDown)) unexpected.push(`${path}: ${status} ${text}`)
      if (canGiveUp && isStopped) return null
      const waitMs = status === undefined ? NO_RESPONSE_MS : Number(response?.headers.get('retry-after') ?? 60) * 1_000
      await sleep(waitMs * (1 + JITTER * Math.random()))
    }
  }

  return {
    send,
    /** Responses other than 200, 429, 503 and 504, and none while the service runs. */
    unexpected,
    isStopped: () => isStopped,
    /** Lets the devices send nothing new. */
    stop() {
      isStopped = true
    },
    /** Kills the service and restarts it. Returns the seconds until it serves requests again. */
    async crash(): Promise<number> {
      const before = performance.now()
      isDown = true
      await service.kill()
      await service.restart()
      isDown = false
      return (performance.now() - before) / 1_000
    },
  }
}

export type Sender = ReturnType<typeof startSender>

export function figuresOfKind({ name, times, first, retried }: Kind, seconds: number): Figure[] {
  const sorted = times.toSorted((a, b) => a - b)
  const percentile = (share: number) => `${((sorted[Math.floor(sorted.length * share)] ?? 0) / 1_000).toFixed(2)} s`
  const share = (first.accepted / first.sent) * 100
  return [
    {
      what: name,
      value: times.length / seconds,
      unit: '/s',
      detail: `p50 ${percentile(0.5)}, p99 ${percentile(0.99)}`,
    },
    ...(first.sent === 0 ? [] : [{ what: `${name}: accepted at the first try`, value: share, unit: '%' }]),
    { what: `${name}: retried after 429, 503 or 504`, value: retried, unit: '' },
  ]
}
