import type { Server } from 'node:http'

/** The place of the functions: this process, or an AWS emulator. */
export interface Place {
  url: string
  /** Restarts the functions with the settings of this process. */
  load(): Promise<void>
  /** Runs a scheduled function, as EventBridge does. */
  runScheduled(file: string): Promise<void>
  /** Waits until the functions that others have called asynchronously, and those that these have called, have ended. */
  settled(): Promise<void>
  /** Sets the remaining time of each later call until the test ends. */
  setRemainingTime(ms: number): void
  stop(): Promise<void>
}

export async function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}
