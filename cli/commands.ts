import type { Command } from 'commander'
import { addClients } from './commands/clients.ts'
import { addEvents } from './commands/events.ts'
import { addExport } from './commands/export.ts'
import { addForwarding } from './commands/forwarding.ts'
import { addImport } from './commands/import.ts'
import { addKeys } from './commands/keys.ts'
import { addPurge } from './commands/purge.ts'
import { addReseal } from './commands/reseal.ts'
import { addSealKeys } from './commands/seal-keys.ts'
import { addSetup } from './commands/setup.ts'
import { addTokens } from './commands/tokens.ts'
import { addUpload } from './commands/upload.ts'

const ADDERS = [
  addSetup,
  addClients,
  addKeys,
  addSealKeys,
  addReseal,
  addTokens,
  addEvents,
  addForwarding,
  addUpload,
  addImport,
  addExport,
  addPurge,
]

/** Adds every command to the program, in the order of its help. Commands inherit the program's settings. */
export function addCommands(program: Command): void {
  for (const add of ADDERS) add(program)
}
