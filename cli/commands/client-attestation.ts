import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import * as z from 'zod'
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
    .option('--policy <file>', 'a JSON file with the member attestation of POST /register')
    .option('--mode <mode>', 'required; shadow, which only measures which apps prove nothing; or off')
  const examples = [
    'clients attestation app --policy attestation.json --mode shadow',
    'clients attestation app --mode required --stage prod',
  ] as const
  runCommand(command, examples, options, (where, given, [name = '']) => setAttestation(where, given, name))
}

/** A policy in a file, as JSON. */
export async function readPolicy(file: string): Promise<Record<string, unknown>> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fileErrorMessage(file, error)
  })
  const { parseJsonOrUndefined } = await import('../../lib/core/json.ts')
  const { data } = z.record(z.string(), z.unknown()).safeParse(parseJsonOrUndefined(text))
  if (!data) throw new CommandError(`The file ${file} must be a JSON object.`)
  return data
}

async function setAttestation(where: StageOptions, { policy: file, mode }: Options, name: string) {
  if (file === undefined && mode === undefined) throw new UsageError('Set --policy or --mode.')
  await useTables(where)
  const client_id = await resolveClientId(name)
  const { findClient } = await import('../../lib/clients/store.ts')
  const { attestationPolicy } = await import('../../lib/clients/attestation-policy.ts')
  const { setClientAttestation } = await import('../../lib/clients/store-admin.ts')
  const { parseOrThrow } = await import('../../lib/http/input.ts')
  const client = await findClient(client_id)
  if (!client) throw unknownClient()
  const isOff = mode === 'off'
  const current = file === undefined ? client.attestation : await readPolicy(file)
  if (!isOff && current === undefined) throw new UsageError('The client has no policy yet: set --policy.')
  const policy = isOff ? null : parseOrThrow(attestationPolicy, { ...current, ...(mode && { mode }) })
  if (!(await setClientAttestation(client_id, policy)))
    throw new CommandError('The client is confidential: only the app of a public client can be attested.')
  const text = policy
    ? `Client ${client_id} is attested, in the mode ${policy.mode}. Functions know it with the next request.`
    : `Client ${client_id} is public: its id alone gets tokens.`
  return { json: { client_id, attestation: policy }, text }
}
