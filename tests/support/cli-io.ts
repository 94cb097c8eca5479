import { PassThrough, Writable } from 'node:stream'
import type { CommandIo } from '../../cli/support/io.ts'

/**
 * Streams of a command, and the text that it has written. With `answers` they are a terminal: a person types one of them
 * at each prompt, which ends with a colon and a blank.
 */
export function testIo(answers?: readonly string[]): CommandIo & { text: { stdout: string; stderr: string } } {
  const text = { stdout: '', stderr: '' }
  const typed = [...(answers ?? [])]
  const stdin = Object.assign(new PassThrough(), { isTTY: answers !== undefined })
  const gather = (name: keyof typeof text) =>
    new Writable({
      write(chunk: unknown, _encoding, done) {
        text[name] += String(chunk)
        if (answers && /: $/.test(text[name])) setImmediate(() => stdin.write(`${typed.shift() ?? ''}\n`))
        done()
      },
    })
  return { stdin, stdout: gather('stdout'), stderr: gather('stderr'), text }
}
