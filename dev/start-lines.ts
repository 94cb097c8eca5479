import type { Writable } from 'node:stream'
import { styleText } from 'node:util'
import packageJson from '../package.json' with { type: 'json' }

export interface StartedRun {
  url: string
  /** The admin token; only its digest if the developer has set that. */
  adminToken: string
  folder: string
  /** The keys that can be pressed; empty without a keyboard. */
  keys: string
  /** The addresses of `webhookLines`. */
  webhooks: string
}

/** The address of each provider of webhooks.yml, one a line, then the commands that show what the fake target received. */
export const webhookLines = (names: readonly string[], publicUrl: string, commands: readonly string[] = []): string =>
  [
    ...names.map(
      (name) => `Webhook of ${name}: ${publicUrl.replace(/\/$/, '')}/webhook${name === 'incode' ? '' : `/${name}`}`,
    ),
    ...commands.map((command) => `Events at the fake target: ${command}`),
  ].join('\n')

/** What `npm start` prints on a terminal when it is ready: the pages, the admin token and the keys. */
export function terminalLines({ url, adminToken, folder, keys, webhooks }: StartedRun, stream: Writable): string {
  const bold = (text: string) => styleText('bold', text, { stream })
  const link = (text: string) => styleText('cyan', text, { stream })
  const rows: [name: string, text: string][] = [
    ['Data', link(`${url}/download`)],
    ['Upload help', link(`${url}/uploadhelp`)],
    ['API', link(`${url}/docs`)],
    ['Admin token', adminToken.startsWith('sha256:') ? 'not shown, because only its digest is set' : adminToken],
    ['Demo', keys === '' ? 'npm run demo' : 'press d, or npm run demo: boxes with a week of data, and a live one'],
    ['Your own file', 'npx latchkey upload my.csv'],
    ['Keys', keys],
  ]
  const lines = rows.filter(([, text]) => text !== '').map(([name, text]) => `  ${bold(name.padEnd(14))} ${text}`)
  return `
Latchkey ${packageJson.version} is running at ${link(url)}

${lines.join('\n')}
${webhooks === '' ? '' : `\n${webhooks.replaceAll(/^/gm, '  ')}\n`}
Ctrl+C stops it. The data stays in ${folder}/; npm start -- --fresh deletes it.
`
}

/** What `npm start` prints where the output is a log, which may be less private than the folder: no secret. */
export const logLines = ({ url, folder, webhooks }: StartedRun, isTokenStored: boolean): string =>
  `Latchkey is running at ${url}
${webhooks === '' ? '' : `${webhooks}\n`}The admin token is ${isTokenStored ? `in ${folder}/secrets.json` : 'the ADMIN_TOKEN of the environment'}; npx latchkey setup prints it.
npm run demo adds boxes with data.`

/** The routes whose responses have a `session_id`. */
const CALL_ROUTES: readonly (string | undefined)[] = ['POST /session', 'GET /session']

/** Returns a function that returns the note about calls for the first request about one, unless HLSERVER_SESSION_ID is set. */
export function callNotes(environment: NodeJS.ProcessEnv): (routeKey: string | undefined) => string[] {
  // The default suits the first apps only.
  const notes = environment['HLSERVER_SESSION_ID']
    ? []
    : [
        'Calls return session_id as a list, which Help Lightning apps of early 2020 read. Current SDKs read a string: set HLSERVER_SESSION_ID=string for them.',
      ]
  return (routeKey) => (CALL_ROUTES.includes(routeKey) ? notes.splice(0) : [])
}
