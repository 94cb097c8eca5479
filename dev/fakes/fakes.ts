import { startFakeHelpLightning } from './helplightning.ts'
import { startFakeIncode } from './incode.ts'
import { walkThroughServer } from './incode-walk-through.ts'
import { startFakeOpenSenseMap } from './opensensemap.ts'
import { startFakeSethealth } from './sethealth.ts'

interface Fakes {
  /** Settings that direct Latchkey to the fakes. */
  settings: Record<string, string>
  /** Commands to paste that show a provider at work. */
  walkThroughs: { title: string; lines: string[] }[]
}

/** Starts a fake for each provider of which the environment sets neither URL nor key. */
export async function startFakes(environment: NodeJS.ProcessEnv, latchkeyUrl: string): Promise<Fakes> {
  const unset = (...names: string[]) => names.every((name) => !environment[name])
  const fakes = await Promise.all([
    unset('INCODE_API_URL', 'INCODE_API_KEY') ? incodeFake(latchkeyUrl, environment['INCODE_WEBHOOK_HEADER']) : none,
    unset('HLSERVER_URL', 'HLSERVER_API_KEY') ? helpLightningFake(latchkeyUrl) : none,
    unset('SETHEALTH_API_URL', 'SETHEALTH_KEY')
      ? startFakeSethealth().then(({ settings }) => ({ settings, walkThroughs: [] }))
      : none,
    unset('SENSEMAP_API', 'SENSEMAP_EMAIL', 'SENSEMAP_USERNAME', 'SENSEMAP_PASSWORD')
      ? openSenseMapFake(latchkeyUrl, environment['OSEM_UPLOAD'])
      : none,
  ])
  return {
    settings: Object.assign({}, ...fakes.map(({ settings }) => settings)),
    walkThroughs: fakes.flatMap(({ walkThroughs }) => walkThroughs),
  }
}

const none: Fakes = { settings: {}, walkThroughs: [] }

async function incodeFake(latchkeyUrl: string, webhookHeader: string | undefined): Promise<Fakes> {
  const incode = await startFakeIncode('OK')
  incode.attempts.set('genuine', true).set('false', false)
  const server = walkThroughServer(latchkeyUrl, incode, webhookHeader)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const title = 'Run an identity session from start to approval, with a fake Incode'
  return { settings: incode.settings, walkThroughs: [{ title, lines: [`curl -s http://localhost:${port}/`] }] }
}

async function helpLightningFake(latchkeyUrl: string): Promise<Fakes> {
  const { settings } = await startFakeHelpLightning(['ann@corp.example', 'bob@corp.example'])
  const firstValue = (request: string) => `$(curl -s ${request} | cut -d '"' -f 4)`
  const lines = [
    `ann=${firstValue(`"${latchkeyUrl}/auth?email=ann@corp.example"`)}`,
    `bob=${firstValue(`"${latchkeyUrl}/auth?email=bob@corp.example"`)}`,
    `call=$(curl -s ${latchkeyUrl}/session -H "Authorization: $ann" -d '{"contact_email":"bob@corp.example"}'); echo "$call"`,
    `curl -s "${latchkeyUrl}/session?sid=$(echo "$call" | cut -d '"' -f 4)" -H "Authorization: $bob"; echo`,
  ]
  return { settings, walkThroughs: [{ title: 'Connect two people in a call, with a fake Help Lightning', lines }] }
}

async function openSenseMapFake(latchkeyUrl: string, upload: string | undefined): Promise<Fakes> {
  const { settings, url } = await startFakeOpenSenseMap()
  const body = `'{"box":["indoor"],"lat":[48.52],"lon":[9.05],"time":['$(date +%s)'],"scd30_co2_ppm":[612]}'`
  const lines = [
    `curl -s ${latchkeyUrl}/upload -H "Authorization: Bearer $auth_token" -H 'Content-Type: application/json' -d ${body}; echo`,
    `curl -s ${url}/; echo`,
  ]
  const title = 'Forward a measurement to a fake openSenseMap, within a minute. It needs the token of the first lines'
  return { settings, walkThroughs: upload?.toLowerCase() === 'false' ? [] : [{ title, lines }] }
}
