import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import * as z from 'zod'
import { ConfigError } from '../../lib/config/config-error.ts'
import { hasSecret, secretNameOf, type WebhookProvider } from '../../lib/config/webhook-schemas.ts'
import { type CommandOutput, runCommand, type StageOptions } from '../support/command.ts'
import { CommandError, fileErrorMessage, UsageError } from '../support/error-message.ts'
import { useRegion, useTables } from '../support/stage.ts'
import { findAddress } from '../support/stage-address.ts'
import { facts } from '../support/text.ts'

const sendOptions = z.object({
  file: z.string().optional(),
  type: z.string().min(1).max(128).default('sample.event'),
  url: z.url({ protocol: /^https?$/ }).optional(),
  client: z.string().optional(),
  secretNumber: z.coerce.number().int().min(1).max(20).default(1),
})
type SendOptions = z.output<typeof sendOptions>

/** Adds `webhooks send`, which delivers a sample as a provider does. */
export function addSendWebhook(webhooks: Command): void {
  const send = webhooks
    .command('send')
    .description('sign a sample event as a provider does, and post it to the address of the provider')
    .argument('<provider>', 'its name in webhooks.yml')
    .option('--file <file>', 'a body to send instead of a sample')
    .option('--type <type>', 'the type of the sample (default: sample.event)')
    .option('--url <url>', 'the address of the stage (default: that of the stage)')
    .option('--client <client>', 'the client whose auth token proves the sender, if the provider uses one')
    .option('--secret-number <n>', 'the secret to sign with, if the stage has several (default: 1)')
  runCommand(
    send,
    ['webhooks send stripe --type invoice.paid', 'webhooks send github --file push.json --stage prod'],
    sendOptions,
    (where, options, [name = '']) => sendSample(where, name, options),
  )
}

async function sendSample(where: StageOptions, name: string, options: SendOptions): Promise<CommandOutput> {
  if (options.client === undefined) useRegion(where)
  else await useTables(where, ['SIGNING_KEYS'])
  const { findWebhook, webhookPath } = await import('../support/webhook-settings.ts')
  const { makeSample } = await import('../support/webhook-sample.ts')
  const provider = findWebhook(where.stage, name)
  const url = new URL(webhookPath(name), await findAddress(where, options.url))
  const given = options.file === undefined ? undefined : await readBody(options.file)
  const now = Date.now()
  // `/webhook` requires Incode's own id.
  const sample = makeSample(
    name === 'incode' ? { ...provider, id: '/interviewId' } : provider,
    options.type,
    now,
    given,
  )
  const { scheme, headers: proof } = await prove(where, provider, sample.body, now, options)
  const headers = { ...sample.headers, ...proof }
  const { status, detail } = await postSample(where, url, { method: 'POST', headers, body: Buffer.from(sample.body) })
  const { readEvent } = await import('../../lib/webhooks/read-event.ts')
  const { eventId, eventKey } = await import('../../lib/jobs/events.ts')
  const { delivery } = readEvent(provider, { headers, rawBody: sample.body, receivedAt: now })
  // A rejected delivery is not stored, and `/webhook` composes the ids of Incode's events.
  const event = status < 300 && name !== 'incode' ? eventId(eventKey({ provider: name, delivery })) : null
  const sent = { url: url.href, scheme, status, event }
  return {
    json: sent,
    text: facts(sent),
    ...(status >= 300 && {
      fault: detail === null ? `Latchkey returned ${status}.` : `Latchkey returned ${status}: ${detail}`,
    }),
  }
}

async function readBody(file: string): Promise<Uint8Array> {
  return readFile(file).catch((error: unknown) => {
    throw fileErrorMessage(file, error)
  })
}

/** The headers that prove the sender, by the first scheme for which this machine has what it needs. */
async function prove(
  where: StageOptions,
  provider: WebhookProvider,
  body: Uint8Array,
  now: number,
  { client, secretNumber }: SendOptions,
): Promise<{ scheme: string; headers: Record<string, string> }> {
  if (client !== undefined) return { scheme: 'auth-token', headers: await tokenHeader(where, client) }
  const { readWebhookSecrets } = await import('../support/webhook-settings.ts')
  const { signSample } = await import('../../lib/webhooks/sign-sample.ts')
  const schemes = provider.verify.filter(hasSecret).filter(({ shadow }) => !shadow)
  const named = schemes.map((scheme) => ({ ...scheme, secret: secretNameOf(provider, scheme) }))
  const secrets = await readWebhookSecrets(
    where,
    named.map(({ secret }) => secret),
  )
  const scheme = named.find(({ secret }) => secrets.has(secret))
  if (!scheme)
    throw new CommandError(
      missingProof(
        where,
        provider,
        named.map(({ secret }) => secret),
      ),
    )
  const all = secrets.get(scheme.secret) ?? []
  const secret = all[secretNumber - 1]
  if (secret === undefined)
    throw new UsageError(`${scheme.secret} has ${count(all.length)}: set --secret-number to ${numbers(all.length)}.`)
  const headers = await signSample(scheme, secret, body, now).catch((error: unknown) => {
    throw error instanceof ConfigError ? new CommandError(error.message) : error
  })
  return { scheme: scheme.scheme, headers }
}

const count = (secrets: number) => `${secrets} ${secrets === 1 ? 'secret' : 'secrets'}`
const numbers = (last: number) => (last <= 2 ? ['1', '2'].slice(0, last).join(' or ') : `a number from 1 to ${last}`)

/** What the operator can do without a secret to sign with. */
function missingProof({ stage }: StageOptions, { name, verify }: WebhookProvider, secrets: readonly string[]): string {
  const byToken = verify.some(({ scheme }) => scheme === 'auth-token')
  const ways = [
    ...(secrets.length > 0 ? [howToStore(stage, secrets.join(' or '))] : []),
    ...(byToken ? ['Set --client to a client with the scope webhook.'] : []),
  ]
  return ways.length > 0 ? ways.join(' ') : `Only ${name} itself can sign its events: send one from its dashboard.`
}

const howToStore = (stage: string, names: string) =>
  stage === 'local'
    ? `Set ${names} in .env, and restart npm start.`
    : `Store ${names} with npx latchkey setup --stage ${stage}.`

async function tokenHeader(where: StageOptions, client: string): Promise<Record<string, string>> {
  const { createAuthToken } = await import('../support/issue-token.ts')
  const { resolveClientId } = await import('../support/clients.ts')
  const { auth_token } = await createAuthToken(where, await resolveClientId(client), { scope: 'webhook' })
  return { authorization: `Bearer ${auth_token}` }
}

const TIMEOUT_MS = 40_000
/** `npm start` reloads webhooks.yml within a second. */
const RELOAD_MS = 10_000
const POLL_MS = 250

const problem = z.object({ detail: z.string() })

/** Posts a sample. A local run that does not know the provider yet is reloading webhooks.yml. */
async function postSample({ stage }: StageOptions, url: URL, init: RequestInit) {
  for (const deadline = Date.now() + RELOAD_MS; ; await sleep(POLL_MS)) {
    const response = await fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(
      () => null,
    )
    if (!response)
      throw new CommandError(`${url.origin} does not respond: check the address, and run the command again.`)
    const { status } = response
    const { data } = problem.safeParse(await response.json().catch(() => null))
    if (status !== 404 || stage !== 'local' || Date.now() > deadline) return { status, detail: data?.detail ?? null }
  }
}
