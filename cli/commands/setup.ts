import type { Command } from 'commander'
import * as z from 'zod'
import { writeFirstSecrets } from '../../dev/secrets-file.ts'
import { SECRET_NAMES } from '../../lib/config/settings-table.ts'
import { DEFAULT_ALGORITHM, SIGNING_ALGORITHMS } from '../../lib/core/signing-algorithms.ts'
import { makeSecrets, secretSettings } from '../../lib/crypto/deployment-secrets.ts'
import { type CommandOutput, runCommand, type StageOptions } from '../support/command.ts'
import { CommandError, UsageError } from '../support/error-message.ts'
import { commandIo } from '../support/io.ts'
import { algorithmOption } from '../support/key-set.ts'
import { parameterStore } from '../support/parameter-store.ts'
import { promptFor } from '../support/prompt.ts'
import { noteShortSalts, parseSecretsFile, type SetupValues } from '../support/setup-values.ts'
import { localFolder, localSecrets, useRegion } from '../support/stage.ts'
import { GENERATED_NAMES, setUpStage } from '../support/stage-secrets.ts'
import type { SetupParameters } from '../support/webhook-settings.ts'

const setupOptions = z.object({
  alg: algorithmOption.optional(),
  from: z.string().optional(),
  force: z.union([z.boolean(), z.array(z.string())]).default(false),
})
type SetupOptions = z.output<typeof setupOptions>

export function addSetup(program: Command): void {
  const setup = program
    .command('setup')
    .description(
      'create the secrets of a stage (admin token, signing keys, encryption key, those of webhook targets). Store those of the providers, from a file or a prompt. Existing secrets stay. The admin token is printed only now',
    )
    .option('--alg <alg>', `algorithm of auth tokens: ${SIGNING_ALGORITHMS.join(', ')} (default: ${DEFAULT_ALGORITHM})`)
    .option('--from <file>', 'read provider credentials and CHECKSUM_SALTS from a file in .env format')
    .option('--force [names...]', 'replace existing parameters: the named ones, or all that are created or provided')
  runCommand(setup, ['setup', 'setup --stage prod --from secrets.env'], setupOptions, (where, options) =>
    where.stage === 'local' ? setUpLocal(options) : setUp(where, options),
  )
}

async function setUp(where: StageOptions, { alg, from, force }: SetupOptions): Promise<CommandOutput> {
  useRegion(where)
  const { stage, json } = where
  const { setupParameters } = await import('../support/webhook-settings.ts')
  const webhooks = setupParameters(stage)
  requireKnown(force, [...SECRET_NAMES, ...webhooks.names])
  const isForced = (name: string) => {
    if (!Array.isArray(force)) return force
    // Both halves of the keys or none: services reject tokens of keys that are not published.
    return force.includes(name) || (name === 'VERIFICATION_KEYS' && force.includes('SIGNING_KEYS'))
  }
  const { secrets, notes } =
    from === undefined
      ? { secrets: new Map(), notes: [] }
      : await parseSecretsFile(from, webhooks.names, webhooks.findFault)
  const store = parameterStore(stage)
  const isPrompted = from === undefined && commandIo().stdin.isTTY && !json
  const values = isPrompted ? await promptForMissing(store, webhooks, isForced) : secrets
  const forcedNames = Array.isArray(force) ? force : []
  const generatedNames = [...GENERATED_NAMES, ...webhooks.targets.keys()]
  const missing = forcedNames.filter((name) => !values.has(name) && !generatedNames.includes(name))
  if (missing.length > 0) throw new CommandError(`Provide a value for ${missing.join(', ')}. Nothing was written.`)
  const outcome = await setUpStage(store, values, isForced, {
    ...(await makeSecrets(alg)),
    targets: webhooks.targets,
  })
  const { written, left, adminToken } = outcome
  return {
    json: { stage, written, left, ...(adminToken !== undefined && { admin_token: adminToken }) },
    text: [
      `Written under /latchkey/${stage}/: ${written.join(', ') || 'nothing'}.`,
      ...(left.length > 0
        ? [`These exist and were not changed (--force with their names replaces them): ${left.join(', ')}.`]
        : []),
      ...(adminToken === undefined ? [] : [`Admin token, shown only now: ${adminToken}`]),
    ].join('\n'),
    notes: [
      ...notes,
      ...noteUnusedAlgorithm(alg, written.includes('SIGNING_KEYS')),
      ...noteShortSalts(values.get('CHECKSUM_SALTS')),
      ...outcome.notes,
    ],
  }
}

/** Generated secrets, those that other commands change, and those that few stages need. */
const NOT_PROMPTED: readonly string[] = [...GENERATED_NAMES, 'SEAL_KEYS', 'TRUSTED_PROXY_SECRET']

/** Prompts for the secrets that do not exist yet, or are to be replaced. */
async function promptForMissing(
  store: ReturnType<typeof parameterStore>,
  { provided, findFault }: SetupParameters,
  isForced: (name: string) => boolean,
): Promise<SetupValues> {
  const names = [...SECRET_NAMES.filter((name) => !NOT_PROMPTED.includes(name)), ...provided]
  const existing = await store.read(names, false)
  return promptFor(
    names.filter((name) => !existing.has(name) || isForced(name)),
    findFault,
  )
}

function requireKnown(force: SetupOptions['force'], names: readonly string[]): void {
  if (Array.isArray(force) && !force.every((name) => names.includes(name)))
    throw new UsageError(`--force accepts these names: ${names.join(', ')}.`)
}

/** Creates the local secrets, as npm start does at its first run. */
async function setUpLocal({ alg, from, force }: SetupOptions): Promise<CommandOutput> {
  if (from !== undefined)
    throw new UsageError('A local run reads its settings from .env: --from is for deployed stages.')
  if (force !== false)
    throw new UsageError('npm start -- --fresh replaces the local secrets: --force is for deployed stages.')
  const file = `${localFolder()}/secrets.json`
  const isNew = await writeFirstSecrets(localFolder(), await makeSecrets(alg)).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new CommandError(`The folder ${localFolder()} cannot be used (${code}).`)
  })
  const secrets = await localSecrets()
  const adminToken = secrets ? secretSettings(secrets, process.env)['ADMIN_TOKEN'] : undefined
  const names = ['ADMIN_TOKEN', 'SIGNING_KEYS', 'SEAL_KEY']
  const isDigest = adminToken === undefined || adminToken.startsWith('sha256:')
  return {
    json: {
      stage: 'local',
      written: isNew ? names : [],
      left: isNew ? [] : names,
      ...(!isDigest && { admin_token: adminToken }),
    },
    text: [
      isNew
        ? `Created the secrets of the local run: ${file}.`
        : `The secrets of the local run exist and were not changed: ${file}.`,
      isDigest ? 'Only the digest of the admin token is stored.' : `Admin token: ${adminToken}`,
    ].join('\n'),
    notes: noteUnusedAlgorithm(alg, isNew),
  }
}

/** A note if keys exist, which `--alg` does not change. */
const noteUnusedAlgorithm = (alg: string | undefined, isNewKey: boolean): string[] =>
  alg === undefined || isNewKey
    ? []
    : [`SIGNING_KEYS was not changed: npx latchkey keys rotate --alg ${alg} adds a key of that algorithm.`]
