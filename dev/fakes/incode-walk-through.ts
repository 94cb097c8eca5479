import { createServer, type Server } from 'node:http'
import type { FakeIncode } from './incode.ts'
import { deliver } from './incode-webhooks.ts'

/**
 * A small server beside the fake Incode that plays both sides of one identity session, the phone and Incode, against a
 * Latchkey, and tells what each said: GET / does it once.
 */
export function walkThroughServer(latchkey: string, incode: FakeIncode, webhookHeader: string | undefined): Server {
  return createServer((_request, response) => {
    response.setHeader('content-type', 'text/plain; charset=utf-8')
    walk(latchkey, incode, webhookHeader, (line) => response.write(`${line}\n`)).then(
      () => response.end(),
      (error: unknown) => response.end(`${error}\n`),
    )
  })
}

async function walk(latchkey: string, incode: FakeIncode, webhookHeader = '', tell: (line: string) => void) {
  const [name, value] = webhookHeader.split(/:\s*/, 2)
  const headers = name && value ? { [name]: value } : {}
  const told = async (asked: string, answer: Response | null) => {
    const body = (await answer?.text()) ?? 'no answer'
    tell(`${asked}\n  ${answer?.status ?? ''} ${body}\n`)
    return body
  }
  const started = await told('The phone: GET /onboarding-url', await fetch(`${latchkey}/onboarding-url`))
  const { interviewId = '', uniqueId = '' } = JSON.parse(started)
  const interview = incode.interviews.get(interviewId)
  if (!interview) return tell('No session was started: see the answer above.')
  const delivered = async (onboardingStatus: string, endpoint: string) => {
    const event = { interviewId, onboardingStatus, clientId: 'fake123', flowId: interview.flowId }
    const { answer } = await deliver(`${latchkey}/${endpoint}`, event, headers, [])
    await told(`Incode: POST /${endpoint} ${onboardingStatus}`, answer)
  }

  await delivered('ID_VALIDATION_FINISHED', 'webhook')
  Object.assign(interview, { status: 'ONBOARDING_FINISHED', score: 'OK' })
  await delivered('ONBOARDING_FINISHED', 'approve')
  const path = `/onboarding-status?interviewId=${interviewId}&uniqueId=${uniqueId}`
  await told(`The phone: GET ${path}`, await fetch(latchkey + path))
  const asked = ['/executive/log-in', '/omni/get/score', '/omni/process/approve'].map(
    (each) => `${each} ${incode.calls.filter((call) => call.path === each).length}`,
  )
  tell(`Calls that Incode has had so far: ${asked.join(', ')}; identities made: ${incode.identities.size}`)
}
