import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import * as z from 'zod'
import type { AttestationPolicy } from '../../lib/clients/attestation-policy.ts'
import type { ClientRecord } from '../../lib/clients/store.ts'
import { Problem } from '../../lib/core/problem.ts'
import { CLIENT_ARGUMENT, resolveClientId, unknownClient } from '../support/clients.ts'
import { runCommand, type StageOptions } from '../support/command.ts'
import { CommandError, fileErrorMessage, UsageError } from '../support/error-message.ts'
import { useTables } from '../support/stage.ts'

const options = z.object({
  policy: z.string().optional(),
  mode: z.enum(['required', 'shadow', 'off'], 'must be required, shadow or off').optional(),
})
type Options = z.output<typeof options>

/** The command that turns attestation on or off for an app that is in the field. */
export function addAttestationCommand(clients: Command): void {
  const command = clients
    .command('attestation')
    .description('set what the app of a client must prove to get tokens, and whether it must already')
    .argument('<client>', CLIENT_ARGUMENT)
    .option('--policy <file>', 'a JSON file with what the app must prove, as for clients create')
    .option('--mode <mode>', 'required; shadow, which only measures which apps prove nothing; or off')
  const examples = [
    'clients attestation app --policy attestation.json --mode shadow',
    'clients attestation app --mode required --stage prod',
  ] as const
  runCommand(command, examples, options, (where, given, [name = '']) => setAttestation(where, given, name))
}

/**
 * Reads a policy from a JSON file. `mode` replaces the one of the file. Throws an error that names the file and the
 * member that is wrong.
 */
export async function readPolicy(file: string, mode?: AttestationPolicy['mode']): Promise<AttestationPolicy> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fileErrorMessage(file, error)
  })
  const { data } = z.record(z.string(), z.unknown()).safeParse(parseJson(file, text))
  if (!data) throw new CommandError(`The file ${file} must be a JSON object.`)
  return validatePolicy({ ...data, ...(mode && { mode }) }, file)
}

function parseJson(file: string, text: string): unknown {
  try {
    // Editors on Windows write a byte order mark.
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    // The rest of the message may quote the file.
    const place = /\(line \d+ column \d+\)$/.exec(error instanceof Error ? error.message : '')?.[0]
    throw new CommandError(`The file ${file} is not valid JSON${place === undefined ? '' : ` ${place}`}.`)
  }
}

/** Returns a policy. Throws an error that says where it is and which members are wrong. */
async function validatePolicy(value: unknown, where: string): Promise<AttestationPolicy> {
  const { attestationPolicy } = await import('../../lib/clients/attestation-policy.ts')
  const { parseOrThrow } = await import('../../lib/http/input.ts')
  try {
    return parseOrThrow(attestationPolicy, value)
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const clauses = error.issues.map(({ field, detail }) => `${field === 'body' ? 'the policy' : field} ${detail}`)
    throw new UsageError(`${where}: ${clauses.join('; ')}.`)
  }
}

async function setAttestation(where: StageOptions, { policy: file, mode }: Options, name: string) {
  if (file === undefined && mode === undefined) throw new UsageError('Set --policy or --mode.')
  await useTables(where)
  const client_id = await resolveClientId(name)
  const { findClient } = await import('../../lib/clients/store.ts')
  const { setClientAttestation } = await import('../../lib/clients/store-admin.ts')
  const client = await findClient(client_id)
  if (!client) throw unknownClient()
  const policy = mode === 'off' ? null : await newPolicy(client, file, mode)
  if (!(await setClientAttestation(client_id, policy)))
    throw new CommandError('The client is confidential: only the app of a public client can be attested.')
  const text = policy
    ? `Client ${client_id} is attested, in the mode ${policy.mode}. Functions know it with the next request.`
    : `Client ${client_id} is public: its id alone gets tokens.`
  return { json: { client_id, attestation: policy }, text }
}

async function newPolicy(client: ClientRecord, file: string | undefined, mode: AttestationPolicy['mode'] | undefined) {
  if (file !== undefined) return readPolicy(file, mode)
  if (!client.attestation) throw new UsageError('The client has no policy yet: set --policy.')
  return validatePolicy({ ...client.attestation, ...(mode && { mode }) }, 'The stored policy')
}
