import { AsyncLocalStorage } from 'node:async_hooks'
import type { Readable, Writable } from 'node:stream'

/** What a command reads and writes: the streams of the process, or those of a test. */
export interface CommandIo {
  stdin: Readable & { isTTY?: boolean }
  stdout: Writable & { isTTY?: boolean }
  stderr: Writable & { isTTY?: boolean }
  /** Opens a URL in a browser. The default is the browser of this machine. */
  openUrl?: (url: string) => Promise<unknown>
  /** Ends a command that follows a log. A process ends with Ctrl+C instead. */
  signal?: AbortSignal
}

const current = new AsyncLocalStorage<CommandIo>()

/** Runs a command that reads and writes these streams. */
export const withIo = <T>(io: CommandIo, run: () => Promise<T>): Promise<T> => current.run(io, run)

/** The streams of the command that runs. */
export const commandIo = (): CommandIo => current.getStore() ?? process
