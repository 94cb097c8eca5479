import fc from 'fast-check'
import { afterAll, afterEach, vi } from 'vitest'
import { keepEnvironment } from './environment.ts'
import { runs } from './property.ts'

/** On a busy machine, everything is slow. A test about a time budget sets it with `setTimeBudgets`. */
const PATIENT = {
  responseReserveMs: 500,
  requestReserveMs: 6_000,
  scheduleReserveMs: 12_000,
  scheduleReturnMs: 2_000,
  databaseConnectMs: 60_000,
  databaseResponseMs: 60_000,
  databaseBackoffMs: 10,
  throttleBackoffMs: 5,
  throttleLongestBackoffMs: 20,
  throttledMs: 300,
  saltIndexMs: 0,
  bucketResponseMs: 60_000,
  bucketWriteMs: 60_000,
  bucketStallMs: 60_000,
  startWorkMs: 60_000,
  seriesNotesMs: 60_000,
  filePartMs: 1_000,
  fileSaveMs: 500,
  pollMs: 20,
  firstSendMs: 3_000,
  providerMs: 60_000,
  providerBackoffMs: 10,
  providerRetryMs: 20,
  openSenseMapCallMs: 60_000,
  keySetMs: 60_000,
  earlyRenewalMs: 60_000,
  tokenLockMs: 60_000,
  parameterStoreMs: 60_000,
  parameterStoreBackoffMs: 10,
  parameterStoreLongestBackoffMs: 20,
  parameterStoreRetriesMs: 100,
  commandConnectMs: 60_000,
  commandResponseMs: 60_000,
  unfinishedSubmissionMs: 50,
} satisfies typeof import('../../lib/core/time-budgets.ts').timeBudgets

const timeBudgets = { ...PATIENT }
// One object for all copies of the functions: `vi.resetModules` creates new ones.
vi.mock(import('../../lib/core/time-budgets.ts'), () => ({ timeBudgets }))

fc.configureGlobal({ numRuns: runs(100) })

// Modules that earlier test files have loaded refer to the databases of those files.
vi.resetModules()

const restoreEnvironment = keepEnvironment()
afterEach(() => {
  Object.assign(timeBudgets, PATIENT)
})
afterAll(() => {
  vi.useRealTimers()
  // Left to the next file, they would restore the environment of this one there.
  vi.unstubAllEnvs()
  restoreEnvironment()
})
