import { defineConfig } from 'vitest/config'

/** Files that start Latchkey in another way, or whose every test moves the clock or reads the log of this process, or is large. */
const OTHER_FILES = [
  'another-seal-key',
  'cli*',
  'forward*',
  'log-secrecy',
  'openapi*',
  'download-large',
  'secrets-at-run-time',
  'start',
  'submit-crash',
  'submit-model',
]

/**
 * Tests that cannot be run against a deployment, by parts of their names. Those that move the clock, or say what time
 * Lambda leaves, leave themselves out: see leaveOut.
 */
const OTHER_TESTS = [
  // They read what the functions write to the log.
  'of Sethealth with what it means, in log and metric too',
  'keeps and counts a status that it does not know',
  'keeps nothing and counts why',
  'are a header of its own: once agreed on',
  // Breaks a setting under a function's hands.
  'is 500 without its cause',
  // The emulator hands on a zipped body as text, which spoils it.
  'may be zipped',
  'a body over 6 MB is 413, unzipped too',
  // The emulator takes any body, however large.
  'is 413 before it reaches the function',
  // The emulator takes the slash from the end of a path.
  'leads to the address that its references count from',
  // The emulator takes every OPTIONS for a preflight.
  'nor for OPTIONS that is none',
  // They wait for time-outs or begin hundreds of calls, and would take as long as all others together.
  'for 50 calls created at once',
  'ordered pages of more boxes than one upload may have',
  'any interleaving of concurrent uploads',
  'are drawn again when they are taken',
  'a stranger with a valid token of their own',
  'when the table hangs',
  'of the table that hangs',
  'takes 30 seconds',
  'are not waited for longer than ten seconds',
  'a body that was cut off',
  'any damage to a form',
  // They hold a command back while others go on, within the second and a half that it may last.
  'does not let the removal in while',
  'removes what is meant when',
  'makes a part that is being read 404',
]

/**
 * `npm run rehearse`: the tests that speak HTTP, against what `serverless deploy` has deployed. Those of tests/browser are
 * left out: in a browser, the pages are the same wherever they come from.
 */
export default defineConfig({
  test: {
    include: ['tests/service/**/*.test.ts'],
    exclude: OTHER_FILES.map((name) => `tests/service/**/${name}.test.ts`),
    testNamePattern: new RegExp(`^(?!.*(?:${OTHER_TESTS.join('|')}))`),
    globalSetup: ['tests/support/package-once.ts'],
    setupFiles: ['tests/support/no-fake-clock.ts'],
    // There is one deployment.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', ['json', { outputFile: 'rehearsal-report.json' }]],
  },
})
