// @module-tag local-only
// These tests start processes of their own.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { freePort } from '../../../dev/free-port.ts'
import { cloneEnvironment, cloneRepository } from '../../support/clone.ts'
import { START } from '../../support/local-run.ts'

let clone: string
let environment: Record<string, string>
let latchkey: ChildProcess
let output = ''
beforeAll(async () => {
  clone = cloneRepository()
  environment = { ...cloneEnvironment(clone, await freePort()), WEBHOOK_OWN: 'the-own-secret' }
})
afterAll(() => {
  latchkey?.kill('SIGKILL')
  rmSync(clone, { recursive: true, force: true })
})

const write = (yaml: string) => writeFileSync(join(clone, 'webhooks.yml'), yaml)
const printed = (text: string | RegExp) =>
  vi.waitFor(() => expect(output).toMatch(text), { timeout: 120_000, interval: 100 })

/** Starts Latchkey in the clone. Returns its exit code when it has ended. */
function start(): Promise<number | null> {
  output = ''
  latchkey = spawn(process.execPath, START, { cwd: clone, env: environment })
  for (const stream of [latchkey.stdout, latchkey.stderr]) stream?.on('data', (chunk) => (output += String(chunk)))
  return new Promise((resolve) => latchkey.once('exit', resolve))
}

/** Sends a sample as a developer does, and returns the response's status. */
function send(provider: string): number {
  const args = ['cli/bin.mjs', 'webhooks', 'send', provider, '--json']
  return JSON.parse(execFileSync(process.execPath, args, { cwd: clone, env: environment }).toString()).status
}

it('npm start reports each issue of webhooks.yml', async () => {
  write('Stripe: { like: stripe }\ngithub: { like: gitlab }\n')
  expect(await start()).toBe(1)
  expect(output).toMatch(/webhooks\.yml is invalid:\n- Stripe .+\n- github.+\n/)
})

it('npm start reloads webhooks.yml, with secrets for new entries, and ignores an invalid one', async () => {
  write('own: { like: github }\n')
  void start()
  await printed(/Webhook of own: http:\S+\/webhook\/own\nEvents at the fake target: curl http/)
  await printed('The admin token is')
  expect(send('own')).toBe(200)
  await printed(/Target: own, sample\.event, own:sample_\w+, \d+ bytes, signature valid/)
  write('own: { like: github }\nstripe: { like: strip }\n')
  await printed(/webhooks\.yml is invalid:\n- stripe.+\nThe entries before this change stay active\./)
  write('own: { like: github }\nstripe: { like: stripe }\n')
  await printed(/Webhook of stripe: http:\S+\/webhook\/stripe\n[\s\S]+Reloaded\./)
  expect([send('stripe'), send('own')]).toEqual([200, 200])
  await printed(/Target: stripe, sample\.event, stripe:sample_\w+, \d+ bytes, signature valid/)
})
