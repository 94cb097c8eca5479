import type { Command } from 'commander'
import * as z from 'zod'
import packageJson from '../../package.json' with { type: 'json' }
import { runCommand } from '../support/command.ts'
import { keyStates } from '../support/key-set.ts'
import { keyStore } from '../support/key-store.ts'
import { useTables } from '../support/stage.ts'
import { findAddress } from '../support/stage-address.ts'
import { facts } from '../support/text.ts'

const options = z.object({
  url: z.url({ protocol: /^https?$/, error: 'must be an absolute http or https URL' }).optional(),
})

const health = z.object({ version: z.string(), unreachable: z.array(z.string()) })
/** How long /health may take. */
const HEALTH_MS = 10_000

export function addStatus(program: Command): void {
  const command = program
    .command('status')
    .description('show the address, versions, tables and keys of a stage, and what is due or parked')
    .option('--url <url>', 'the address of the stage (default: that of its functions)')
  runCommand(command, ['status', 'status --stage prod --json'], options, async (where, { url }) => {
    await useTables(where)
    const address = await findAddress(where, url)
    const { listEvents } = await import('../../lib/jobs/store-admin.ts')
    const { listParked, listWaiting } = await import('../../lib/opensensemap/store-admin.ts')
    const [running, keys, dueEvents, parkedEvents, dueBoxes, parkedBoxes] = await Promise.all([
      readHealth(address),
      keyStore(where).read(),
      listEvents('due'),
      listEvents('parked'),
      listWaiting(Date.now()),
      listParked(),
    ])
    const states = keyStates(keys, Math.floor(Date.now() / 1000)).map(({ kid, alg, state }) => ({ kid, alg, state }))
    const events = { due: dueEvents.length, parked: parkedEvents.length }
    const forwarding = { due: dueBoxes.length, parked: parkedBoxes.length }
    const version = running?.version ?? null
    const unreachable = running?.unreachable ?? null
    return {
      json: {
        stage: where.stage,
        address,
        version,
        command_line_version: packageJson.version,
        unreachable,
        keys: states,
        events,
        forwarding,
      },
      text: facts({
        stage: where.stage,
        address,
        version: `${version ?? 'unknown'} (command line: ${packageJson.version})`,
        tables:
          unreachable && (unreachable.length === 0 ? 'all respond' : `no response from ${unreachable.join(', ')}`),
        keys: states.map(({ alg, kid, state }) => `${alg} ${kid} (${state})`).join(', '),
        'provider events': `${events.due} due, ${events.parked} parked`,
        'boxes to forward': `${forwarding.due} due, ${forwarding.parked} parked`,
      }),
      ...(!running && { fault: `${address} does not respond.` }),
      ...(unreachable && unreachable.length > 0 && { fault: 'Some tables do not respond.' }),
    }
  })
}

/** The response of /health, which has the same members with status 503; null without a response. */
async function readHealth(address: string): Promise<z.output<typeof health> | null> {
  try {
    const response = await fetch(new URL('health', address), { signal: AbortSignal.timeout(HEALTH_MS) })
    return health.parse(await response.json())
  } catch {
    return null
  }
}
