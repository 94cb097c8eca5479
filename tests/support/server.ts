import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Where the functions run: in this process, or deployed in an emulator of AWS. */
export interface Place {
  url: string
  /** Has the functions begin anew, with what is set in this process. */
  load(): Promise<void>
  /** Runs a function that a schedule begins, as EventBridge does. */
  runScheduled(file: string): Promise<void>
  /** What Lambda leaves each call from now on, until the test ends. */
  setRemainingTime(ms: number): void
  stop(): Promise<void>
}

export async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address() as AddressInfo
  return `http://127.0.0.1:${address.port}`
}

export async function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
