import { errorText, SetupError } from '../setup-error.ts'
import { HISTORY_BOXES, LIVE_BOX } from './boxes.ts'
import { findOrRegister, requestToken } from './client.ts'
import { type DemoAccess, nowSeconds, pageUrl, sendLiveRows, shareBoxes, uploadHistory } from './measurements.ts'
import { callContact, startSession, submitForm } from './people.ts'

export interface DemoOptions {
  /** Address of the running Latchkey. */
  url: string
  adminToken: string
  /** Providers that are not fakes. The demo sends nothing to them. */
  realProviders: readonly string[]
  write(line: string): void
  openPage(url: string): unknown
  /** How the live box is stopped, for the output. */
  stop: string
}

/**
 * Stores the data of the demo, opens the data page, and sends rows until `signal` is aborted. A repeated demo stores only
 * what is missing. Rejects with an error for people.
 */
export async function runDemo(options: DemoOptions, signal: AbortSignal): Promise<void> {
  const { url, adminToken, realProviders, write, openPage, stop } = options
  if (realProviders.includes('openSenseMap')) {
    throw new SetupError(
      'The demo would send its rows to your account at openSenseMap: run npm start without SENSEMAP_* for it.',
    )
  }
  if (adminToken.startsWith('sha256:')) {
    throw new SetupError('The demo needs the admin token, but ADMIN_TOKEN is only its digest.')
  }
  const clientId = await findOrRegister(url, adminToken)
  const access: DemoAccess = { url, clientId, token: await requestToken(url, clientId) }
  const start = nowSeconds()
  const rows = await uploadHistory(access, start)
  const people = await meetPeople(access, realProviders)
  const link = await shareBoxes(access)
  write(`
The client Demo (${clientId}) has:

  ${HISTORY_BOXES.map(({ name }) => name).join(', ')}: a week of rows; ${LIVE_BOX.name}: a row every second. ${rows} rows are new.
${people.map((line) => `  ${line}\n`).join('')}
${link ? 'The data page (this link is valid for a day)' : 'Enter the admin token on the data page'}:
${link ?? pageUrl(access)}

${stop}
`)
  await openPage(link ?? pageUrl(access))
  await sendLiveRows(access, start, signal)
}

/** What people do with the demo's apps, each with a line for the output. */
async function meetPeople(access: DemoAccess, realProviders: readonly string[]): Promise<string[]> {
  const deeds: [name: string, provider: string | null, act: (access: DemoAccess) => Promise<string>][] = [
    ['A submission of a participant', null, submitForm],
    ['An identity session', 'Incode', startSession],
    ['A call of two people, with the PIN', 'Help Lightning', callContact],
  ]
  const lines: string[] = []
  for (const [name, provider, act] of deeds) {
    if (provider !== null && realProviders.includes(provider)) continue
    // A setting such as OPEN_ENDPOINTS may prevent it.
    lines.push(`${name}: ${await act(access).catch((error: unknown) => errorText(error))}`)
  }
  return lines
}
