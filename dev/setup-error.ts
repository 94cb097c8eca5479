import { ConfigError } from '../lib/config/config-error.ts'

/** A mistake in the set-up that the developer can correct; `npm start` prints the message without a stack trace. */
export class SetupError extends Error {}

export const errorText = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** Ends the process with status 1. */
export function exitWithError(error: unknown): never {
  console.error(error instanceof SetupError || error instanceof ConfigError ? error.message : error)
  process.exit(1)
}
