import { startFakeHelpLightning } from './helplightning.ts'
import { startFakeIncode } from './incode.ts'
import { walkThroughServer } from './incode-walk-through.ts'
import { startFakeOpenSenseMap } from './opensensemap.ts'
import { startFakeSethealth } from './sethealth.ts'

export interface Fakes {
  /** Settings that lead to the fakes, of those providers that have none of their own. */
  settings: Record<string, string>
  /** What a person may paste to see a provider at work. */
  walkThroughs: { title: string; lines: string[] }[]
}

/** Stands in for every provider that `set` has no address and no key of. */
export async function startFakes(set: NodeJS.ProcessEnv, latchkey: string): Promise<Fakes> {
  const absent = (...names: string[]) => names.every((name) => !set[name])
  const all = await Promise.all([
    absent('INCODE_API_URL', 'INCODE_API_KEY') ? incodeFake(latchkey, set['INCODE_WEBHOOK_HEADER']) : none,
    absent('HLSERVER_URL', 'HLSERVER_API_KEY') ? helpLightningFake(latchkey) : none,
    absent('SETHEALTH_API_URL', 'SETHEALTH_KEY')
      ? startFakeSethealth().then(({ settings }) => ({ settings, walkThroughs: [] }))
      : none,
    absent('SENSEMAP_API', 'SENSEMAP_EMAIL', 'SENSEMAP_USERNAME', 'SENSEMAP_PASSWORD')
      ? openSenseMapFake(latchkey, set['OSEM_UPLOAD'])
      : none,
  ])
  return {
    settings: Object.assign({}, ...all.map(({ settings }) => settings)),
    walkThroughs: all.flatMap(({ walkThroughs }) => walkThroughs),
  }
}

const none: Fakes = { settings: {}, walkThroughs: [] }

async function incodeFake(latchkey: string, webhookHeader: string | undefined): Promise<Fakes> {
  const incode = await startFakeIncode('OK')
  incode.attempts.set('genuine', true).set('false', false)
  const walk = walkThroughServer(latchkey, incode, webhookHeader)
  await new Promise<void>((resolve) => walk.listen(0, '127.0.0.1', resolve))
  const address = walk.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const title = 'An identity session from start to approval, with a fake Incode'
  return { settings: incode.settings, walkThroughs: [{ title, lines: [`curl -s http://localhost:${port}/`] }] }
}

async function helpLightningFake(latchkey: string): Promise<Fakes> {
  const { settings } = await startFakeHelpLightning(['ann@corp.example', 'bob@corp.example'])
  const firstValue = (request: string) => `$(curl -s ${request} | cut -d '"' -f 4)`
  const lines = [
    `ann=${firstValue(`"${latchkey}/auth?email=ann@corp.example"`)}`,
    `bob=${firstValue(`"${latchkey}/auth?email=bob@corp.example"`)}`,
    `call=$(curl -s ${latchkey}/session -H "Authorization: $ann" -d '{"contact_email":"bob@corp.example"}'); echo "$call"`,
    `curl -s "${latchkey}/session?sid=$(echo "$call" | cut -d '"' -f 4)" -H "Authorization: $bob"; echo`,
  ]
  return { settings, walkThroughs: [{ title: 'A call of two people, with a fake Help Lightning', lines }] }
}

async function openSenseMapFake(latchkey: string, upload: string | undefined): Promise<Fakes> {
  const { settings, url } = await startFakeOpenSenseMap()
  const body = `'{"box":["indoor"],"lat":[48.52],"lon":[9.05],"time":['$(date +%s)'],"scd30_co2_ppm":[612]}'`
  const lines = [
    `curl -s ${latchkey}/upload -H "Authorization: Bearer $auth_token" -H 'Content-Type: application/json' -d ${body}; echo`,
    `curl -s ${url}/; echo`,
  ]
  const title =
    'A measurement on its way to a fake openSenseMap (after the first four lines; it is there within a minute)'
  return { settings, walkThroughs: upload?.toLowerCase() === 'false' ? [] : [{ title, lines }] }
}
