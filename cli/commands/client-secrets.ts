import type { Command } from 'commander'
import * as z from 'zod'
import { randomSecret, secretDigest } from '../../lib/crypto/secrets.ts'
import { CLIENT_ARGUMENT, NO_CALLBACK_URL, resolveClientId } from '../support/clients.ts'
import { runCommand } from '../support/command.ts'
import { CommandError, UsageError } from '../support/error-message.ts'
import { createAuthToken } from '../support/issue-token.ts'
import { useTables } from '../support/stage.ts'
import { facts } from '../support/text.ts'
import { addUploadOption, formatUploadOptions, parseUploadPairs, uploadPairs } from '../support/upload-options.ts'
import { readPolicy } from './client-attestation.ts'

/** Options of `clients create`. The rules of POST /register validate them. */
const createOptions = z.object({
  callbackUrl: z.array(z.string()).optional(),
  token: z.boolean().default(false),
  name: z.string().optional(),
  kind: z.string().optional(),
  attestation: z.string().optional(),
  scope: z.string().optional(),
  audience: z.string().optional(),
  checksumSalt: z.string().optional(),
  dpopBound: z.boolean().optional(),
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
    .option('--callback-url <url...>', 'where /token redirects the app’s user to; the first one is the default')
    .option('--token', 'also issue an auth token, which is printed only now; the client then needs no --callback-url')
    .option('--name <name>', 'a name for people')
    .option('--kind <kind>', 'public (default), confidential or attested')
    .option('--attestation <file>', 'for --kind attested: a JSON file with what its app must prove')
    .option('--scope <scope>', 'scopes separated by spaces, in quotes (default: upload)')
    .option('--audience <audience>', 'services that its tokens can be for, separated by spaces, in quotes')
    .option('--checksum-salt <salt>', 'a salt of this client, for devices that sign their uploads')
    .option('--dpop-bound', 'its tokens must be bound to a key of the client (DPoP)')
  addUploadOption(
    create,
    'an option of its uploads, such as tz=Europe/Berlin or strict=true; repeat it for each option',
  )
  const createExamples = [
    'clients create --name garden --token',
    'clients create --name app --callback-url https://app.example.com/callback --stage prod',
  ] as const
  runCommand(create, createExamples, createOptions, async (where, options) => {
    const { callbackUrl, checksumSalt, dpopBound, audience, upload, token, attestation, ...others } = options
    if (!callbackUrl && !token) throw new UsageError('Set --callback-url, or --token.')
    if (token && dpopBound) throw new UsageError('--token issues a plain token, which --dpop-bound forbids.')
    await useTables(where, [
      ...(checksumSalt === undefined ? [] : (['SEAL_KEY', 'SEAL_KEYS', 'CHECKSUM_SALTS'] as const)),
      ...(token ? (['SIGNING_KEYS'] as const) : []),
    ])
    const { registerClient, registration } = await import('../../lib/clients/registration.ts')
    const { parseOrThrow } = await import('../../lib/http/input.ts')
    const [callback_url, ...callback_urls] = callbackUrl ?? [NO_CALLBACK_URL]
    const callbacks = { callback_url, ...(callback_urls.length > 0 && { callback_urls }) }
    const client = parseOrThrow(registration, {
      ...callbacks,
      ...others,
      audience: audience === undefined ? undefined : splitNames(audience),
      checksum_salt: checksumSalt,
      attestation: attestation === undefined ? undefined : await readPolicy(attestation),
      dpop_bound: dpopBound,
    })
    const registered = await registerClient({ ...client, upload: await parseUploadPairs(upload) }, Date.now())
    const json = { ...registered, ...(token && (await createAuthToken(where, registered.client_id))) }
    return { json, text: facts({ ...json, upload: formatUploadOptions(json.upload) }) }
  })

  const rotate = clients
    .command('rotate-secret')
    .description(
      'add a secret to a confidential client, which is printed only now; the other secrets stay valid for a while',
    )
    .argument('<client>', CLIENT_ARGUMENT)
    .option('--keep <hours>', 'how long the other secrets stay valid (default: 24)')
  const rotateExamples = ['clients rotate-secret server', 'clients rotate-secret server --keep 0 --stage prod'] as const
  runCommand(rotate, rotateExamples, rotateOptions, async (where, { keep }, [name = '']) => {
    await useTables(where)
    const id = await resolveClientId(name)
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
  public: 'This client is not confidential: it has no secret.',
  busy: 'Another command is changing the secrets of this client: try again.',
} as const
