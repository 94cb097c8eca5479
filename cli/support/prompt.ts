import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { CommandError } from './error-message.ts'
import { commandIo } from './io.ts'
import type { FindFault, SetupValues } from './setup-values.ts'

/** Discards readline's echo of the input. */
const nowhere = () => new Writable({ write: (_chunk, _encoding, done) => done() })

const HINTS: Readonly<Record<string, string>> = { HLSERVER_PARTNER_KEY: 'the path of its PEM file; ' }

/** Prompts for secrets one by one, without echo. An empty input skips one. */
export async function promptFor(names: readonly string[], findFault: FindFault): Promise<SetupValues> {
  const { stdin, stderr } = commandIo()
  const lines = createInterface({ input: stdin, output: nowhere(), terminal: true })
  // Ctrl+C and Ctrl+D reject the question, close the input, or both.
  const stopped = (): never => {
    throw new CommandError('\nStopped: nothing was written.')
  }
  const closed = once(lines, 'close').then(stopped)
  closed.catch(() => undefined)
  const answered = new Map<string, string>()
  const ask = async (name: string): Promise<void> => {
    stderr.write(`${name} (${HINTS[name] ?? ''}not shown, empty to leave out): `)
    const text = (await Promise.race([lines.question('').catch(stopped), closed])).trim()
    const fault = text === '' ? null : findFault(name, text)
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
