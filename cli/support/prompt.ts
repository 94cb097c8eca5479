import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { type SecretName, validateSetting } from '../../lib/config/settings-table.ts'
import { CommandError } from './error-message.ts'
import { commandIo } from './io.ts'

/** Discards readline's echo of the input. */
const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() })

const HINTS: Readonly<Record<string, string>> = { HLSERVER_PARTNER_KEY: 'the path of its PEM file; ' }

/** Prompts for secrets one by one, without echo. An empty input skips one. */
export async function promptFor(names: readonly SecretName[]): Promise<Map<SecretName, string>> {
  const { stdin, stderr } = commandIo()
  const lines = createInterface({ input: stdin, output: nowhere(), terminal: true })
  // Ctrl+C and Ctrl+D reject the question, close the input, or both.
  const stopped = (): never => {
    throw new CommandError('\nStopped: nothing was written.')
  }
  const closed = once(lines, 'close').then(stopped)
  closed.catch(() => undefined)
  const answered = new Map<SecretName, string>()
  const ask = async (name: SecretName): Promise<void> => {
    stderr.write(`${name} (${HINTS[name] ?? ''}not shown, empty to leave out): `)
    const text = (await Promise.race([lines.question('').catch(stopped), closed])).trim()
    const fault = text === '' ? null : validateSetting(name, text)
    stderr.write(fault === null ? '\n' : `\n${name} ${fault}.\n`)
    if (fault !== null) return ask(name)
    if (text !== '') answered.set(name, text)
  }
  try {
    for (const name of names) await ask(name)
    return answered
  } finally {
    lines.close()
  }
}
