import type { FakeIncode } from './incode.ts'
import { deliver } from './incode-webhooks.ts'

/** Plays one identity session against a Latchkey: the requests of the phone and those of Incode. Writes a transcript. */
export async function playSession(
  latchkeyUrl: string,
  incode: FakeIncode,
  webhookHeader: string,
  write: (line: string) => void,
): Promise<void> {
  const [name, value] = webhookHeader.split(/:\s*/, 2)
  const headers = name && value ? { [name]: value } : {}
  const writeExchange = async (request: string, response: Response | null) => {
    const body = (await response?.text()) ?? 'no response'
    write(`${request}\n  ${response?.status ?? ''} ${body}\n`)
    return body
  }
  const session = await writeExchange('The phone: GET /onboarding-url', await fetch(`${latchkeyUrl}/onboarding-url`))
  const { interviewId = '', uniqueId = '' } = JSON.parse(session)
  const interview = incode.interviews.get(interviewId)
  if (!interview) return write('No session was started: see the response above.')
  const deliverEvent = async (onboardingStatus: string, endpoint: string) => {
    const event = { interviewId, onboardingStatus, clientId: 'fake123', flowId: interview.flowId }
    const { response } = await deliver(`${latchkeyUrl}/${endpoint}`, event, headers, [])
    await writeExchange(`Incode: POST /${endpoint} ${onboardingStatus}`, response)
  }

  await deliverEvent('ID_VALIDATION_FINISHED', 'webhook')
  Object.assign(interview, { status: 'ONBOARDING_FINISHED', score: 'OK' })
  await deliverEvent('ONBOARDING_FINISHED', 'approve')
  const path = `/onboarding-status?interviewId=${interviewId}&uniqueId=${uniqueId}`
  await writeExchange(`The phone: GET ${path}`, await fetch(latchkeyUrl + path))
  const counts = ['/executive/log-in', '/omni/get/score', '/omni/process/approve'].map(
    (called) => `${called} ${incode.calls.filter((call) => call.path === called).length}`,
  )
  write(`Requests that Incode received: ${counts.join(', ')}; identities made: ${incode.identities.size}`)
}
