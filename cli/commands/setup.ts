import type { Command } from 'commander'
import * as z from 'zod'
import { writeFirstSecrets } from '../../dev/secrets-file.ts'
import { SECRET_NAMES } from '../../lib/config/settings-table.ts'
import { makeSecrets, secretSettings } from '../../lib/crypto/deployment-secrets.ts'
import { type CommandOutput, runCommand, type StageOptions } from '../support/command.ts'
import { CommandError } from '../support/error-message.ts'
import { commandIo } from '../support/io.ts'
import { parameterStore } from '../support/parameter-store.ts'
import { promptFor } from '../support/prompt.ts'
import { parseSecretsFile, type SetupValues } from '../support/setup-values.ts'
import { localFolder, localSecrets, useRegion } from '../support/stage.ts'
import { MADE_NAMES, setUpStage } from '../support/stage-secrets.ts'

const setupOptions = z.object({
  from: z.string().optional(),
  force: z
    .union([z.boolean(), z.array(z.enum(SECRET_NAMES))], `takes names out of ${SECRET_NAMES.join(', ')}`)
    .default(false),
})
type SetupOptions = z.output<typeof setupOptions>

export function addSetup(program: Command): void {
  const setup = program
    .command('setup')
    .description(
      'make the secrets of a stage (admin token, signing keys, seal key) and take those of the providers, from a file or by asking; what exists is left. The admin token is printed now and never again',
    )
    .option('--from <file>', 'take provider credentials and CHECKSUM_SALTS from a file in .env format')
    .option('--force [names...]', 'replace what exists: the parameters named, or else all that are made or given')
  runCommand(setup, setupOptions, (where, options) =>
    where.stage === 'local' ? setUpLocal(options) : setUp(where, options),
  )
}

async function setUp(where: StageOptions, { from, force }: SetupOptions): Promise<CommandOutput> {
  useRegion(where)
  const { stage, json } = where
  const isForced = (name: (typeof SECRET_NAMES)[number]) => {
    if (!Array.isArray(force)) return force
    // Both halves of the keys or none: tokens of keys that nobody knows are worth nothing.
    return force.includes(name) || (name === 'VERIFICATION_KEYS' && force.includes('SIGNING_KEYS'))
  }
  const { given, notes } = from === undefined ? { given: new Map(), notes: [] } : await parseSecretsFile(from)
  const store = parameterStore(stage)
  const asked = from === undefined && commandIo().stdin.isTTY && !json ? await ask(store, isForced) : given
  const named = Array.isArray(force) ? force : []
  const without = named.filter((name) => !asked.has(name) && !MADE_NAMES.includes(name))
  if (without.length > 0) throw new CommandError(`No value was given for ${without.join(', ')}: nothing was written.`)
  const outcome = await setUpStage(store, asked, isForced)
  const { written, left, adminToken } = outcome
  return {
    json: { stage, written, left, ...(adminToken !== undefined && { admin_token: adminToken }) },
    text: [
      `Written under /latchkey/${stage}/: ${written.join(', ') || 'nothing'}.`,
      ...(left.length > 0
        ? [`These exist and were left (--force and their names replaces them): ${left.join(', ')}.`]
        : []),
      ...(adminToken === undefined ? [] : [`Admin token, shown this once: ${adminToken}`]),
    ].join('\n'),
    notes: [...notes, ...outcome.notes],
  }
}

/** A person is asked for what is not there yet, or is to be replaced. */
async function ask(
  store: ReturnType<typeof parameterStore>,
  isForced: (name: (typeof SECRET_NAMES)[number]) => boolean,
): Promise<SetupValues> {
  const there = await store.read(SECRET_NAMES, false)
  return promptFor(SECRET_NAMES.filter((name) => !MADE_NAMES.includes(name) && (!there.has(name) || isForced(name))))
}

/** As npm start does at its first run. */
async function setUpLocal({ from, force }: SetupOptions): Promise<CommandOutput> {
  if (from !== undefined)
    throw new CommandError('A local run takes its settings from .env: --from is for deployed stages.')
  if (force !== false)
    throw new CommandError('npm start -- --fresh begins anew locally: --force is for deployed stages.')
  const file = `${localFolder()}/secrets.json`
  const isNew = await writeFirstSecrets(localFolder(), await makeSecrets()).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    throw new CommandError(`The folder ${localFolder()} cannot be used (${code}).`)
  })
  const kept = await localSecrets()
  const adminToken = kept ? secretSettings(kept, process.env)['ADMIN_TOKEN'] : undefined
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
        ? `Made the secrets of the local run: ${file}.`
        : `The secrets of the local run exist and were left: ${file}.`,
      isDigest ? 'The admin token is known here by its digest only.' : `Admin token: ${adminToken}`,
    ].join('\n'),
  }
}
