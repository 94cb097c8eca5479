import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The place of the functions: this process, or an AWS emulator. */
export interface Place {
  url: string
  /** Restarts the functions with the settings of this process. */
  load(): Promise<void>
  /** Runs a scheduled function, as EventBridge does. */
  runScheduled(file: string): Promise<void>
  /** Sets the remaining time of each later call until the test ends. */
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
