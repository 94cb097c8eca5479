import type { Command } from 'commander'
import { addCo2LogServer } from './import-co2logserver.ts'
import { addCollector } from './import-collector.ts'

export function addImport(program: Command): void {
  const command = program.command('import').description('bring over what another server has gathered')
  for (const add of [addCo2LogServer, addCollector]) add(command)
}
