import { startControlPage } from './control-page.ts'
import { startFakeHelpLightning } from './helplightning.ts'
import { startFakeIncode } from './incode.ts'
import { playSession } from './incode-walk-through.ts'
import { startFakeOpenSenseMap } from './opensensemap.ts'
import { overview } from './opensensemap-measurements.ts'
import { startFakeSethealth } from './sethealth.ts'

export interface WalkThrough {
  title: string
  /** Commands to paste that show a provider at work. */
  lines: string[]
  /** Endpoints that the commands call without a token. */
  needs: readonly string[]
}

interface Fakes {
  /** Settings that direct Latchkey to the fakes. */
  settings: Record<string, string>
  walkThroughs: WalkThrough[]
}

/** Settings that configure a provider: URL and key, or the account. */
const PROVIDERS: Readonly<Record<string, readonly string[]>> = {
  Incode: ['INCODE_API_URL', 'INCODE_API_KEY'],
  'Help Lightning': ['HLSERVER_URL', 'HLSERVER_API_KEY'],
  Sethealth: ['SETHEALTH_API_URL', 'SETHEALTH_KEY'],
  openSenseMap: ['SENSEMAP_API', 'SENSEMAP_EMAIL', 'SENSEMAP_USERNAME', 'SENSEMAP_PASSWORD'],
}

/** Names of the providers that the environment configures. Each of the others gets a fake. */
export const configuredProviders = (environment: NodeJS.ProcessEnv): string[] =>
  Object.keys(PROVIDERS).filter((provider) => PROVIDERS[provider]?.some((name) => environment[name]))

/** Starts a fake for each provider that the environment does not configure. */
export async function startFakes(environment: NodeJS.ProcessEnv, latchkeyUrl: string): Promise<Fakes> {
  const configured = configuredProviders(environment)
  const starts: Readonly<Record<string, () => Promise<Fakes>>> = {
    Incode: () => incodeFake(latchkeyUrl, environment['INCODE_WEBHOOK_HEADER']),
    'Help Lightning': () => helpLightningFake(latchkeyUrl),
    Sethealth: async () => ({ settings: (await startFakeSethealth()).settings, walkThroughs: [] }),
    openSenseMap: () => openSenseMapFake(latchkeyUrl, environment['OSEM_UPLOAD']),
  }
  const fakes = await Promise.all(
    Object.entries(starts).flatMap(([provider, start]) => (configured.includes(provider) ? [] : [start()])),
  )
  return {
    settings: Object.assign({}, ...fakes.map(({ settings }) => settings)),
    walkThroughs: fakes.flatMap(({ walkThroughs }) => walkThroughs),
  }
}

async function incodeFake(latchkeyUrl: string, webhookHeader = ''): Promise<Fakes> {
  const incode = await startFakeIncode('OK')
  incode.attempts.set('genuine', true).set('false', false)
  const page = await startControlPage((write) => playSession(latchkeyUrl, incode, webhookHeader, write))
  const title = 'Run an identity session from start to approval, with a fake Incode'
  const needs = ['onboarding-url', ...(webhookHeader ? [] : ['webhook', 'approve'])]
  return { settings: incode.settings, walkThroughs: [{ title, needs, lines: [`curl -s ${page}`] }] }
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
  return {
    settings,
    walkThroughs: [{ title: 'Connect two people in a call, with a fake Help Lightning', needs: ['auth'], lines }],
  }
}

async function openSenseMapFake(latchkeyUrl: string, upload: string | undefined): Promise<Fakes> {
  const osem = await startFakeOpenSenseMap()
  const page = await startControlPage(async (write) => write(JSON.stringify(overview(osem.boxes, osem.measurements))))
  const body = `'{"box":["indoor"],"lat":[48.52],"lon":[9.05],"time":['$(date +%s)'],"scd30_co2_ppm":[612]}'`
  const lines = [
    `curl -s ${latchkeyUrl}/upload -H "Authorization: Bearer $auth_token" -H 'Content-Type: application/json' -d ${body}; echo`,
    `curl -s ${page}`,
  ]
  const title = 'Forward a measurement to a fake openSenseMap, within a minute. It needs the token of the first lines'
  const isOff = upload?.toLowerCase() === 'false'
  return { settings: osem.settings, walkThroughs: isOff ? [] : [{ title, needs: [], lines }] }
}
