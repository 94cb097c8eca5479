import type { Command } from 'commander'
import * as z from 'zod'
import { CLIENT_ARGUMENT, resolveClientId, unknownClient } from '../support/clients.ts'
import { type CommandOutput, noOptions, runCommand, type StageOptions } from '../support/command.ts'
import { CommandError, UsageError } from '../support/error-message.ts'
import { localRun, START_FIRST, useTables } from '../support/stage.ts'
import { facts, table } from '../support/text.ts'

const simulateOptions = z.object({
  platform: z.enum(['ios', 'android'], 'must be ios or android').optional(),
  bad: z.boolean().default(false),
})
type SimulateOptions = z.output<typeof simulateOptions>

/** The commands about the devices on which the apps of attested clients run. */
export function addDevices(program: Command): void {
  const devices = program.command('devices').description('devices on which the apps of attested clients run')

  const list = devices
    .command('list')
    .description('show the devices of a client, the one that was seen last first; a device that renews nothing expires')
    .argument('<client>', CLIENT_ARGUMENT)
  runCommand(list, ['devices list app', 'devices list app --stage prod --json'], noOptions, listCommand)

  const revoke = devices
    .command('revoke')
    .description('revoke a device: it gets no further token; tokens that it already has stay valid until they expire')
    .argument('<client>', CLIENT_ARGUMENT)
    .argument('<device-id>', 'the device_id that devices list shows')
  runCommand(
    revoke,
    [
      'devices revoke app 7d1a0c94e2b35f68a1c0d9e8f7b6a594',
      'devices revoke app 7d1a0c94e2b35f68a1c0d9e8f7b6a594 --stage prod',
    ],
    noOptions,
    async (where, _options, [name = '', device_id = '']) => {
      await useTables(where)
      const client_id = await resolveClientId(name)
      const { revokeDevice } = await import('../../lib/attestation/store-devices-admin.ts')
      if (!(await revokeDevice(client_id, device_id, Date.now())))
        throw new CommandError('There is no such device: devices list shows those of the client.')
      const text = `The device ${device_id} of client ${client_id} is revoked. Tokens that it already has stay valid until they expire: clients revoke-tokens revokes those of all devices.`
      return { json: { client_id, device_id }, text }
    },
  )

  const simulate = devices
    .command('simulate')
    .description('play a phone with the app of a client against npm start, which has a fake of Apple and Google')
    .argument('<client>', CLIENT_ARGUMENT)
    .option('--platform <platform>', 'ios or android (default: the first one of the client)')
    .option('--bad', 'play a debug build (ios) or a rooted phone (android), which must fail')
  runCommand(
    simulate,
    ['devices simulate app', 'devices simulate app --platform android --bad'],
    simulateOptions,
    (where, options, [name = '']) => simulateCommand(where, options, name),
  )
}

async function listCommand(where: StageOptions, _options: unknown, [name = '']: readonly string[]) {
  await useTables(where)
  const { listDevices } = await import('../../lib/attestation/store-devices-admin.ts')
  const found = await listDevices(await resolveClientId(name), Date.now())
  const entries = found.map(({ device_id, platform, app, app_version, is_development, ...times }) => ({
    ...{ device_id, platform, app, app_version: app_version ?? null, is_development },
    first_seen: times.first_seen,
    last_seen: times.last_seen,
    expires_at: times.expires_at === undefined ? null : new Date(times.expires_at * 1_000).toISOString(),
    revoked_at: times.revoked_at ?? null,
  }))
  const columns = ['device_id', 'platform', 'app', 'app_version', 'first_seen', 'last_seen', 'revoked_at'] as const
  return {
    json: { devices: entries, count: entries.length },
    text: table([...columns], entries, 'No app of the client has attested a device yet.'),
  }
}

async function simulateCommand(where: StageOptions, options: SimulateOptions, name: string): Promise<CommandOutput> {
  if (where.stage !== 'local') throw new UsageError('A phone can be played against npm start only: omit --stage.')
  await useTables(where)
  const run = await localRun()
  if (!run) throw START_FIRST
  const clientId = await resolveClientId(name)
  const { findClient } = await import('../../lib/clients/store.ts')
  const { attestationPolicy } = await import('../../lib/clients/attestation-policy.ts')
  const client = await findClient(clientId)
  if (!client) throw unknownClient()
  const { data: policy } = attestationPolicy.safeParse(client.attestation)
  if (!policy) throw new CommandError('The client is not attested: clients attestation sets what its app must prove.')
  const platform = options.platform ?? (policy.ios ? 'ios' : 'android')
  if (!policy[platform]) throw new UsageError(`The client has no ${platform}: clients attestation adds it.`)
  const { playPhone } = await import('../../dev/fakes/play-phone.ts')
  const { url, public_url: issuer, attestation_authority: authorityUrl } = run
  const isBound = client.dpop_bound === true
  const phone = { url, authorityUrl, issuer, clientId, policy, platform, isBad: options.bad, isBound }
  const { steps, isComplete, deviceId, authToken } = await playPhone(phone)
  const result = { client_id: clientId, platform, device_id: deviceId ?? null, auth_token: authToken ?? null }
  const [last] = steps.slice(-1)
  const lines = steps.map(({ request, status, detail }) => `${request}: ${[status, detail].join(' ').trim()}`)
  return {
    json: { ...result, steps },
    text: [...lines, facts(result)].join('\n'),
    ...(!isComplete && { fault: last?.detail ?? 'Latchkey rejected a request.' }),
  }
}
