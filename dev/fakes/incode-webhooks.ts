import { setTimeout as sleep } from 'node:timers/promises'

/** Incode's documented delays before it delivers again, in milliseconds: five more attempts, about half an hour in all. */
const DELAYS_MS = [30_000, 75_000, 187_500, 468_750, 1_171_880]

/** An "onboarding status" event. */
export interface StatusBody {
  interviewId: string
  onboardingStatus: string
  clientId: string
  flowId: string
  externalId?: string
}

/** Delivers an event as Incode does: what is answered with neither 200 nor 204 within its patience comes again. */
export async function deliver(
  url: string,
  event: StatusBody,
  headers: Record<string, string> = {},
  delays: readonly number[] = DELAYS_MS,
): Promise<{ attempts: number; answer: Response | null }> {
  for (let attempts = 1; ; attempts += 1) {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(event),
    }).catch(() => null)
    const delay = delays[attempts - 1]
    if (answer?.status === 200 || answer?.status === 204 || delay === undefined) return { attempts, answer }
    await sleep(delay)
  }
}
