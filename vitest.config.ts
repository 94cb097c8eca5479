import { availableParallelism } from 'node:os'
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'

/** Set by `npm run rehearse`, which runs the HTTP tests against a deployment. */
const isRehearsal = process.env['LATCHKEY_REHEARSAL'] !== undefined

/** `npm run test:all` runs every property as often as its author wants, the other commands a fifth of that. */
const isWhole = process.argv.includes('--coverage')

type ProjectSettings = NonNullable<TestProjectInlineConfiguration['test']>

/** A folder of tests/. Its files share workers, so that each worker loads the AWS SDK and the functions' libraries once. */
const project = (name: string, setupFile?: string, settings: ProjectSettings = {}): TestProjectInlineConfiguration => ({
  extends: true,
  test: {
    name,
    include: [`tests/${name}/**/*.test.ts`],
    setupFiles: ['tests/support/setup.ts', ...(setupFile ? [setupFile] : [])],
    ...settings,
  },
})

/** The functions of a deployment have a clock of their own. */
const clock = isRehearsal ? 'tests/support/no-fake-clock.ts' : undefined

export default defineConfig({
  test: {
    projects: [
      project('unit', 'tests/support/no-network.ts'),
      project('service', clock),
      project('contract', clock),
      project('slow', clock, { testTimeout: 600_000, hookTimeout: 600_000 }),
      project('browser'),
    ],
    isolate: false,
    globalSetup: ['tests/support/global-setup.ts'],
    // There is one deployment. Tests wait a sixth of their time, so that two cores are busy with three workers.
    maxWorkers: isRehearsal ? 1 : Math.max(3, availableParallelism() - 1),
    env: { PROPERTY_RUNS: process.env['PROPERTY_RUNS'] ?? (isWhole ? '1' : '0.2') },
    // A test must not fail because the machine is busy.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 100_000 } },
    tags: [{ name: 'local-only', description: 'Cannot run against a deployment: the test says why.' }],
    reporters: ['default', ['json', { outputFile: `${isRehearsal ? 'rehearsal' : 'test'}-report.json` }]],
    coverage: {
      provider: 'istanbul',
      include: ['lib/**/*.ts', 'functions/**/*.ts'],
      reporter: ['text', 'json-summary'],
      thresholds: { branches: 95, lines: 95, functions: 95, statements: 95 },
    },
  },
})
