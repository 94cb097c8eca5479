import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { run } from '../../support/programs.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-programs-'))
})
afterAll(() => rm(folder, { recursive: true }))

describe('run', () => {
  it('returns the output of a program', async () => {
    expect(await run(['sh', '-c', 'echo out; echo err >&2; exit 3'], { cwd: folder })).toEqual({
      isSuccess: false,
      output: expect.stringMatching(/^(?:out\nerr|err\nout)$/),
    })
  })

  it('reports a program that does not exist', async () => {
    expect(await run(['no-such-program'], { cwd: folder })).toEqual({
      isSuccess: false,
      output: 'spawn no-such-program ENOENT',
    })
  })

  it('ends what an aborted program has started', async () => {
    // The outer shell waits for the inner one, which writes files until it is ended.
    const inner = 'i=0; while true; do i=$((i + 1)); : >$i; sleep 0.01; done'
    const abort = new AbortController()
    const result = run(['sh', '-c', `sh -c '${inner}'; true`], { cwd: folder, signal: abort.signal })
    await expect.poll(() => readdir(folder)).not.toEqual([])
    abort.abort()
    expect(await result).toEqual({ isSuccess: false, output: 'it took too long' })
    const files = await readdir(folder)
    await sleep(200)
    expect(await readdir(folder)).toHaveLength(files.length)
  })

  it('starts nothing after the end of its time', async () => {
    const late = run(['touch', 'late'], { cwd: folder, signal: AbortSignal.abort() })
    expect(await late).toEqual({ isSuccess: false, output: 'it took too long' })
    expect(await readdir(folder)).not.toContain('late')
  })
})
