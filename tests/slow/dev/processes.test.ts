// @module-tag local-only
// These tests start processes of their own.
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { freePort } from '../../../dev/free-port.ts'
import { commandOf, descendants, isRunning, localRuns } from '../../support/local-run.ts'

/** Starts of esbuild's pings: one a second, which a process that does not run cannot answer. */
const PING_MS = 1_500

let runs: ReturnType<typeof localRuns>
beforeEach(() => {
  runs = localRuns()
})
afterEach(() => runs.stop())

/** A run that has no bundles of an earlier one. */
function firstRun() {
  const first = localRuns({ isFirst: true })
  onTestFinished(first.stop)
  return first
}

const isBundler = (pid: number): boolean => commandOf(pid).includes('esbuild')

describe.runIf(process.platform === 'linux')('npm start leaves no process behind', () => {
  it.each<NodeJS.Signals>(['SIGTERM', 'SIGKILL'])('after %s under load', async (signal) => {
    const PORT = String(await freePort())
    const { child, ready, ended } = runs.start({ PORT })
    expect(await ready).toBeNull()
    const started = descendants(child.pid ?? 0)
    let isLoaded = true
    const load = async () => {
      while (isLoaded) await fetch(`http://localhost:${PORT}/token?client_id=none`).catch(() => sleep(10))
    }
    const clients = Array.from({ length: 16 }, load)
    await sleep(PING_MS)
    child.kill(signal)
    await ended
    isLoaded = false
    await Promise.all(clients)
    await expect.poll(() => started.filter(isRunning)).toEqual([])
  })

  it('after SIGTERM to npm', async () => {
    const { child, ready, ended } = runs.startWithNpm({ PORT: String(await freePort()) })
    expect(await ready).toBeNull()
    const started = descendants(child.pid ?? 0)
    expect(started.map(commandOf)).toContainEqual(expect.stringContaining('dev/start.ts'))
    child.kill('SIGTERM')
    await ended
    await expect.poll(() => started.filter(isRunning), { timeout: 10_000 }).toEqual([])
  })

  it('while nothing changes: the bundler ends after each build', async () => {
    const { child, ready } = firstRun().start({ PORT: String(await freePort()) })
    expect(await ready).toBeNull()
    await expect.poll(() => descendants(child.pid ?? 0)).toEqual([])
  })

  it('after SIGKILL while it bundles', async () => {
    const { child, ended } = firstRun().start({ PORT: String(await freePort()) })
    const started = () => descendants(child.pid ?? 0)
    await expect.poll(() => started().filter(isBundler), { interval: 5 }).toHaveLength(1)
    child.kill('SIGSTOP')
    const stopped = started()
    await sleep(PING_MS)
    child.kill('SIGKILL')
    await ended
    await expect.poll(() => stopped.filter(isRunning)).toEqual([])
  })
})
