import { parseArgs } from 'node:util'
import { CommandError } from '../cli/support/error-message.ts'
import { useTables } from '../cli/support/stage.ts'
import { exitWithError, SetupError } from './setup-error.ts'
import { AWS_CHECKS } from './smoke/aws-checks.ts'
import type { Check, Made, Target } from './smoke/check.ts'
import { DATA_PHASES } from './smoke/data-checks.ts'
import { removeClient } from './smoke/remove-client.ts'
import { ROUTE_CHECKS, THROTTLE } from './smoke/route-checks.ts'
import { findTarget } from './smoke/target.ts'

const CLEAN_UP: Check = {
  title: 'the test leaves no data',
  expected: 'neither its client nor its rows',
  async run(_, { clientId }) {
    if (clientId !== undefined) await removeClient(clientId)
  },
}

/** Every check, in the order of docs/operations/first-deployment.md. */
export const CHECKS: readonly Check[] = [...ROUTE_CHECKS, ...DATA_PHASES.flat(), CLEAN_UP, THROTTLE, ...AWS_CHECKS]

/** Runs the checks that exist in the target's place. Prints a line for each, and returns the number of failures. */
export async function runChecks(target: Target, print: (line: string) => void): Promise<number> {
  const made: Made = {}
  let failures = 0
  const runCheck = async (check: Check): Promise<void> => {
    const { title, expected, places } = check
    if (places && !places.includes(target.place)) return print(`skip  ${title}: not in ${WHERE[target.place]}`)
    const observed = await check.run(target, made).then(() => undefined, failureText)
    if (observed === undefined) return print(`ok    ${title}: ${expected}`)
    failures += 1
    print(`FAIL  ${title}: ${expected}. Observed: ${observed}`)
  }
  const runAll = (checks: readonly Check[]) => Promise.all(checks.map(runCheck))
  const runInOrder = async () => {
    for (const phase of [...DATA_PHASES, [CLEAN_UP], [THROTTLE]]) await runAll(phase)
  }
  await Promise.all([runAll(ROUTE_CHECKS), runInOrder(), runAll(AWS_CHECKS)])
  return failures
}

const WHERE = { aws: 'AWS', emulator: 'the emulator', local: 'the local run' }

/** Of an error; the cause of a failed `fetch` says more than its message. */
function failureText(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}, ${error.cause.message}` : error.message
}

const OPTIONS = {
  stage: { type: 'string', default: 'local' },
  url: { type: 'string' },
  column: { type: 'string', default: 'co2' },
} as const

/** `npm run smoke`: checks a stage, and exits with 1 if a check fails. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS })
  const target = await findTarget(values)
  await useTables({ stage: values.stage, json: false })
  const failures = await runChecks(target, console.log)
  if (failures > 0) throw new SetupError(`${failures} of ${CHECKS.length} checks failed.`)
  console.log(`${target.url} passed.`)
}

if (import.meta.main)
  await main().catch((error: unknown) =>
    exitWithError(error instanceof CommandError ? new SetupError(error.message) : error),
  )
