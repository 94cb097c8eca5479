import type { Command } from 'commander'
import { addClients } from './commands/clients.ts'
import { addCompletion } from './commands/completion.ts'
import { addDevices } from './commands/devices.ts'
import { addDownload } from './commands/download.ts'
import { addEvents } from './commands/events.ts'
import { addForwarding } from './commands/forwarding.ts'
import { addImport } from './commands/import.ts'
import { addKeys } from './commands/keys.ts'
import { addLogs } from './commands/logs.ts'
import { addOpen } from './commands/open.ts'
import { addPurge } from './commands/purge.ts'
import { addReseal } from './commands/reseal.ts'
import { addSealKeys } from './commands/seal-keys.ts'
import { addSeries } from './commands/series.ts'
import { addSetup } from './commands/setup.ts'
import { addShares } from './commands/shares.ts'
import { addStatus } from './commands/status.ts'
import { addTokens } from './commands/tokens.ts'
import { addUpload } from './commands/upload.ts'
import { addWebhooks } from './commands/webhooks.ts'
import { addExamples, addGroupExamples } from './support/examples.ts'

const ADDERS = [
  addSetup,
  addStatus,
  addOpen,
  addLogs,
  addClients,
  addDevices,
  addTokens,
  addKeys,
  addSealKeys,
  addReseal,
  addSeries,
  addShares,
  addUpload,
  addDownload,
  addWebhooks,
  addEvents,
  addForwarding,
  addImport,
  addPurge,
  addCompletion,
]

/** Adds every command to the program, in the order of its help. Commands inherit the program's settings. */
export function addCommands(program: Command): void {
  for (const add of ADDERS) add(program)
  for (const group of program.commands) if (group.commands.length > 0) addGroupExamples(group)
  addExamples(program, ['upload my.csv', 'clients list --stage prod'])
}
