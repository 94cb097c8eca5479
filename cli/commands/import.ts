import type { Command } from 'commander'
import { addImportCo2LogServer } from './import-co2logserver.ts'
import { addImportCollector } from './import-collector.ts'

export function addImport(program: Command): void {
  const command = program.command('import').description('import data of another server')
  for (const add of [addImportCo2LogServer, addImportCollector]) add(command)
}
