import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import * as z from 'zod'
import { callDynamoDb } from './aws.ts'
import { ROOT } from './command.ts'

interface Restore {
  url: string
  stage: string
  table: string
  /** Runs a script of package.json with arguments. */
  runScript(args: readonly string[]): Promise<unknown>
  /** Called when the copy of the table exists, so that the copy does not have the damage. */
  damage(): Promise<unknown>
}

/** Restores a table with the commands of docs/operations/runbook.md, in their order. Rejects if a command fails. */
export async function restoreTable({ url, stage, table, runScript, damage }: Restore): Promise<void> {
  const variables: Record<string, string> = { STAGE: stage, TABLE: table, TIME: new Date().toISOString() }
  const [first = [], ...others] = await runbookSteps()
  const runAll = async (commands: readonly string[]) => {
    for (const command of commands) await runCommand(command)
  }
  async function runCommand(command: string): Promise<void> {
    const [, name, inner] = /^(?:(\w+)=\$\()?((?:aws|npm) .*?)\)?$/.exec(command) ?? []
    // Other lines set example values.
    if (inner === undefined) return
    const words = inner.replaceAll(/\$(\w+)/g, (_, variable) => variables[variable] ?? '').split(' ')
    if (words[0] === 'npm') return void (await runScript(words.slice(1)))
    const result = await runAws(url, words.slice(2))
    if (name !== undefined) variables[name] = backup.parse(result).BackupDetails.BackupArn
  }
  await runAll(first)
  await damage()
  await runAll(others.flat())
}

const backup = z.object({ BackupDetails: z.object({ BackupArn: z.string() }) })

/** The commands of each step. */
async function runbookSteps(): Promise<string[][]> {
  const runbook = await readFile(`${ROOT}docs/operations/runbook.md`, 'utf8')
  const [, section = ''] = /^## Restore a table$(.*?)^## /ms.exec(runbook) ?? []
  const blocks = [...section.matchAll(/^ {3}```sh\n(.*?)^ {3}```$/gms)]
  assert.ok(blocks.length > 5, 'the runbook has no commands to restore a table')
  return blocks.map(([, code = '']) => code.trim().split(/\n\s*/))
}

/** Sends a command of `aws dynamodb`, such as `delete-table --table-name x`, to the emulator. */
async function runAws(url: string, [command = '', ...words]: string[]): Promise<unknown> {
  if (command === 'wait') return waitUntil(url, words[0] === 'table-exists', words[2] ?? '')
  return callDynamoDb(url, pascalCase(command), parameters(words))
}

const pascalCase = (name: string): string =>
  name.replaceAll(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase())

/** Parameters as in the AWS CLI: `--name value`, `--name Key=value,Key=value`, `--name` and `--no-name`. */
function parameters(words: readonly string[]): Record<string, unknown> {
  const options = [...` ${words.join(' ')}`.matchAll(/ --(\S+)(?: (?!--)(\S+))?/g)].filter(
    ([, name = '']) => name !== 'query' && name !== 'output',
  )
  return Object.fromEntries(
    options.map(([, name = '', value]) => {
      if (value === undefined) return [pascalCase(name.replace(/^no-/, '')), !name.startsWith('no-')]
      return [pascalCase(name), name.endsWith('-time') ? Date.parse(value) / 1000 : parsedValue(value)]
    }),
  )
}

function parsedValue(value: string): unknown {
  if (!value.includes('=')) return value
  const members = value.split(',').map((member) => member.split('='))
  return Object.fromEntries(members.map(([key = '', text]) => [key, text === 'true' ? true : text]))
}

async function waitUntil(url: string, exists: boolean, TableName: string): Promise<void> {
  const isActive = () =>
    callDynamoDb(url, 'DescribeTable', { TableName }).then(
      (result) => JSON.stringify(result).includes('"ACTIVE"'),
      () => false,
    )
  for (let tries = 0; (await isActive()) !== exists; tries += 1) {
    assert.ok(tries < 100, `${TableName} is not ${exists ? 'active' : 'deleted'}`)
    await sleep(200)
  }
}
