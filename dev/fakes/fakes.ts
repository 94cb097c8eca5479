import { startAttestationAuthority } from './attestation-authority.ts'
import { startControlPage } from './control-page.ts'
import { playCall } from './help-lightning-walk-through.ts'
import { startFakeHelpLightning } from './helplightning.ts'
import { startFakeIncode } from './incode.ts'
import { playSession } from './incode-walk-through.ts'
import { startFakeOpenSenseMap } from './opensensemap.ts'
import { overview } from './opensensemap-measurements.ts'
import { startFakeSethealth } from './sethealth.ts'

export interface WalkThrough {
  title: string
  /** Commands to paste that show a provider at work. They are the same in every shell. */
  lines: string[]
  /** Endpoints that the commands call without a token. */
  needs: readonly string[]
}

interface Fakes {
  /** Settings that direct Latchkey to the fakes. */
  settings: Record<string, string>
  walkThroughs: WalkThrough[]
}

interface AllFakes extends Fakes {
  /** URL of the fake of Apple and Google. */
  attestationAuthority: string
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

/**
 * Starts a fake for each provider that the environment does not configure. Apple and Google, which attest phones, always
 * have a fake.
 */
export async function startFakes(environment: NodeJS.ProcessEnv, latchkeyUrl: string): Promise<AllFakes> {
  const configured = configuredProviders(environment)
  const starts: Readonly<Record<string, () => Promise<Fakes>>> = {
    Incode: () => incodeFake(latchkeyUrl, environment['INCODE_WEBHOOK_HEADER']),
    'Help Lightning': () => helpLightningFake(latchkeyUrl),
    Sethealth: async () => ({ settings: (await startFakeSethealth()).settings, walkThroughs: [] }),
    openSenseMap: () => openSenseMapFake(environment['OSEM_UPLOAD']),
  }
  const fakes = await Promise.all(
    Object.entries(starts).flatMap(([provider, start]) => (configured.includes(provider) ? [] : [start()])),
  )
  const authority = await startAttestationAuthority()
  return {
    attestationAuthority: authority.url,
    settings: Object.assign({}, authority.settings, ...fakes.map(({ settings }) => settings)),
    walkThroughs: fakes.flatMap(({ walkThroughs }) => walkThroughs),
  }
}

async function incodeFake(latchkeyUrl: string, webhookHeader = ''): Promise<Fakes> {
  const incode = await startFakeIncode('OK')
  incode.attempts.set('genuine', true).set('false', false)
  const page = await startControlPage((write) => playSession(latchkeyUrl, incode, webhookHeader, write))
  const title = 'Run an identity session from start to approval, with a fake Incode'
  const needs = ['onboarding-url', ...(webhookHeader ? [] : ['webhook', 'approve'])]
  return { settings: incode.settings, walkThroughs: [{ title, needs, lines: [`curl ${page}`] }] }
}

async function helpLightningFake(latchkeyUrl: string): Promise<Fakes> {
  const emails = ['ann@corp.example', 'bob@corp.example'] as const
  const { settings } = await startFakeHelpLightning([...emails])
  const page = await startControlPage((write) => playCall(latchkeyUrl, emails, write))
  const title = 'Connect two people in a call, with a fake Help Lightning'
  return { settings, walkThroughs: [{ title, needs: ['auth'], lines: [`curl ${page}`] }] }
}

async function openSenseMapFake(upload: string | undefined): Promise<Fakes> {
  const osem = await startFakeOpenSenseMap()
  const page = await startControlPage(async (write) => write(JSON.stringify(overview(osem.boxes, osem.measurements))))
  const title = 'Show what a fake openSenseMap has received: the uploaded file, within a minute'
  const isOff = upload?.toLowerCase() === 'false'
  return { settings: osem.settings, walkThroughs: isOff ? [] : [{ title, needs: [], lines: [`curl ${page}`] }] }
}
