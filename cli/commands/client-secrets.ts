import type { Command } from 'commander'
import * as z from 'zod'
import { randomSecret, secretDigest } from '../../lib/crypto/secrets.ts'
import { facts, runCommand } from '../support/command.ts'
import { CommandError } from '../support/error-message.ts'
import { useTables } from '../support/stage.ts'
import { addUploadOption, formatUploadOptions, parseUploadPairs, uploadPairs } from '../support/upload-options.ts'

/** Options of `clients create`. The rules of POST /register validate them. */
const createOptions = z.object({
  callbackUrl: z.array(z.string()),
  name: z.string().optional(),
  kind: z.string().optional(),
  scope: z.string().optional(),
  audience: z.string().optional(),
  checksumSalt: z.string().optional(),
  upload: uploadPairs,
})

const HOURS = 'must be a number of hours from 0 to 8760, which is a year'
const rotateOptions = z.object({
  keep: z
    .string()
    .regex(/^\d{1,4}$/, HOURS)
    .transform(Number)
    .refine((hours) => hours <= 8760, HOURS)
    .default(24),
})

/** Names that are separated by spaces. */
export const splitNames = (text: string): string[] => text.split(' ').filter((name) => name !== '')

/** The commands that create a secret of a client. It is printed once. */
export function addSecretCommands(clients: Command): void {
  const create = clients
    .command('create')
    .description('register a client; its client_secret, if it has one, is printed only now')
    .requiredOption('--callback-url <url...>', 'where /token redirects the app’s user to; the first one is the default')
    .option('--name <name>', 'a name for people')
    .option('--kind <kind>', 'public (default) or confidential')
    .option('--scope <scope>', 'scopes separated by spaces, in quotes (default: upload)')
    .option('--audience <audience>', 'services that its tokens can be for, separated by spaces, in quotes')
    .option('--checksum-salt <salt>', 'a salt of this client, for devices that sign their uploads')
  addUploadOption(
    create,
    'an option of its uploads, such as tz=Europe/Berlin or strict=true; repeat it for each option',
  )
  runCommand(create, createOptions, async (where, { callbackUrl, checksumSalt, audience, upload, ...others }) => {
    await useTables(where, checksumSalt === undefined ? [] : ['SEAL_KEY', 'SEAL_KEYS', 'CHECKSUM_SALTS'])
    const { registerClient, registration } = await import('../../lib/clients/registration.ts')
    const { parseOrThrow } = await import('../../lib/http/input.ts')
    const [callback_url, ...callback_urls] = callbackUrl
    const callbacks = { callback_url, ...(callback_urls.length > 0 && { callback_urls }) }
    const client = parseOrThrow(registration, {
      ...callbacks,
      ...others,
      audience: audience === undefined ? undefined : splitNames(audience),
      checksum_salt: checksumSalt,
    })
    const registered = await registerClient({ ...client, upload: await parseUploadPairs(upload) }, Date.now())
    return { json: registered, text: facts({ ...registered, upload: formatUploadOptions(registered.upload) }) }
  })

  const rotate = clients
    .command('rotate-secret')
    .description(
      'add a secret to a confidential client, which is printed only now; the other secrets stay valid for a while',
    )
    .argument('<id>', 'its client_id')
    .option('--keep <hours>', 'how long the other secrets stay valid (default: 24)')
  runCommand(rotate, rotateOptions, async (where, { keep }, [id = '']) => {
    await useTables(where)
    const { addClientSecret } = await import('../../lib/clients/store-admin.ts')
    const client_secret = randomSecret()
    const now = Date.now()
    const until = now + keep * 3_600_000
    const outcome = await addClientSecret(id, secretDigest(client_secret), now, until)
    if (outcome !== 'added') throw new CommandError(ERRORS[outcome])
    const others_until = new Date(until).toISOString()
    return {
      json: { client_id: id, client_secret, others_until },
      text: facts({ client_id: id, client_secret, 'other secrets valid until': others_until }),
    }
  })
}

const ERRORS = {
  unknown: 'There is no such client: clients list shows all of them.',
  public: 'This client is public: it has no secret.',
  busy: 'Another command is changing the secrets of this client: try again.',
} as const
