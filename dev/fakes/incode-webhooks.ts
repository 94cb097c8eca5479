import { setTimeout as sleep } from 'node:timers/promises'

/** Incode's documented retry delays in milliseconds: five retries in about half an hour. */
const DELAYS_MS = [30_000, 75_000, 187_500, 468_750, 1_171_880]

/** An "onboarding status" event. */
interface StatusBody {
  interviewId: string
  onboardingStatus: string
  clientId: string
  flowId: string
  externalId?: string
}

/** Delivers an event as Incode does: it retries unless the status is 200 or 204. */
export async function deliver(
  url: string,
  event: StatusBody,
  headers: Record<string, string> = {},
  delays: readonly number[] = DELAYS_MS,
): Promise<{ attempts: number; response: Response | null }> {
  for (let attempts = 1; ; attempts += 1) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(event),
    }).catch(() => null)
    const delay = delays[attempts - 1]
    if (response?.status === 200 || response?.status === 204 || delay === undefined) return { attempts, response }
    await sleep(delay)
  }
}
