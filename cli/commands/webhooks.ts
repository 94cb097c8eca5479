import type { Command } from 'commander'
import * as z from 'zod'
import { webhookParameters } from '../../dev/webhook-secrets.ts'
import { targetSecretName } from '../../lib/config/secret-schemas.ts'
import { isShadow, type WebhookProvider } from '../../lib/config/webhook-schemas.ts'
import { type CommandOutput, noOptions, runCommand, type StageOptions } from '../support/command.ts'
import { CommandError } from '../support/error-message.ts'
import { readWebhooks } from '../support/read-webhooks.ts'
import { useRegion } from '../support/stage.ts'
import { findAddress } from '../support/stage-address.ts'
import { table } from '../support/text.ts'
import { addSendWebhook } from './send-webhook.ts'

const secretOptions = z.object({ all: z.boolean().default(false) })

const PROVIDER = 'its name in webhooks.yml'

/** The commands about providers whose webhooks a stage receives. Only `secret` prints a secret. */
export function addWebhooks(program: Command): void {
  const webhooks = program.command('webhooks').description('providers whose webhooks Latchkey receives: webhooks.yml')

  const list = webhooks
    .command('list')
    .description('show the address of each provider, how it proves who it is, and the recipients of its events')
  runCommand(list, ['webhooks list', 'webhooks list --stage prod'], noOptions, listWebhooks)

  addSendWebhook(webhooks)

  const secret = webhooks
    .command('secret')
    .description('print the secret with which the target of a provider verifies events')
    .argument('<provider>', PROVIDER)
    .option('--all', 'all secrets, one a line, while one is being replaced (default: the first)')
  runCommand(
    secret,
    ['webhooks secret stripe', 'webhooks secret stripe --stage prod --all'],
    secretOptions,
    targetSecret,
  )
}

/** An entry of webhooks.yml as programs read it. `set` are the parameters that exist. */
const toListEntry = (provider: WebhookProvider, url: string, set: ReadonlyMap<string, unknown>) => {
  const { name, verify, target, bus } = provider
  return {
    name,
    url,
    schemes: verify.map((scheme) => ({ scheme: scheme.scheme, shadow: isShadow(scheme) })),
    secrets: webhookParameters([provider]).map((parameter) => ({
      name: parameter.name,
      is_set: set.has(parameter.name),
    })),
    target: target ?? null,
    bus: bus ?? null,
  }
}

async function listWebhooks(where: StageOptions): Promise<CommandOutput> {
  useRegion(where)
  const { readWebhookSecrets, webhookPath } = await import('../support/webhook-settings.ts')
  const { providers, notices } = readWebhooks(where.stage)
  const url = await findAddress(where)
  const names = webhookParameters(providers.values()).map(({ name }) => name)
  const set = await readWebhookSecrets(where, names, false)
  const entries = [...providers.values()].map((provider) =>
    toListEntry(provider, url + webhookPath(provider.name), set),
  )
  const rows = entries.map(({ schemes, secrets, ...entry }) => ({
    ...entry,
    url: entry.name === 'incode' ? `${entry.url} or ${url}approve` : entry.url,
    schemes: schemes.map(({ scheme, shadow }) => (shadow ? `${scheme} (shadow)` : scheme)).join(', '),
    secrets: secrets.map(({ name, is_set }) => (is_set ? name : `${name} (not set)`)).join(', '),
  }))
  return {
    json: { webhooks: entries },
    notes: notices.map((notice) => `Note: ${notice}.`),
    text: table(['name', 'url', 'schemes', 'secrets', 'target', 'bus'], rows, ''),
  }
}

async function targetSecret(
  where: StageOptions,
  { all }: z.output<typeof secretOptions>,
  [name = '']: readonly string[],
): Promise<CommandOutput> {
  useRegion(where)
  const { findWebhook, readWebhookSecrets } = await import('../support/webhook-settings.ts')
  // In the local run, a provider without a target has a fake one.
  if (findWebhook(where.stage, name).target === undefined && where.stage !== 'local')
    throw new CommandError(`webhooks.yml has no target for ${name} in the stage ${where.stage}.`)
  const parameter = targetSecretName(name)
  const stored = (await readWebhookSecrets(where, [parameter])).get(parameter)
  if (!stored) throw new CommandError(`${parameter} is not set: npx latchkey setup --stage ${where.stage} creates it.`)
  const secrets = all ? stored : stored.slice(0, 1)
  return { json: { provider: name, name: parameter, secrets }, text: secrets.join('\n') }
}
