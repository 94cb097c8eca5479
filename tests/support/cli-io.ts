import { Readable, Writable } from 'node:stream'
import type { CommandIo } from '../../cli/support/io.ts'

/** Streams of a command, and the text that it has written. With `answers`, which are typed, they are a terminal. */
export function testIo(answers?: string): CommandIo & { text: { stdout: string; stderr: string } } {
  const text = { stdout: '', stderr: '' }
  const gather = (name: keyof typeof text) =>
    new Writable({
      write(chunk: unknown, _encoding, done) {
        text[name] += String(chunk)
        done()
      },
    })
  const stdin = Object.assign(Readable.from(answers === undefined ? [] : [answers]), { isTTY: answers !== undefined })
  return { stdin, stdout: gather('stdout'), stderr: gather('stderr'), text }
}
