// @module-tag local-only
// It starts processes of its own.
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { freePort } from '../../../dev/free-port.ts'

const dockerfile = readFileSync('Dockerfile', 'utf8')
/** A command in exec form: the program and its arguments. */
const commandOf = (instruction: string): [string, ...string[]] => {
  const list = new RegExp(`^${instruction}(?: --\\S+)* ?(?:CMD )?(\\[.*\\])$`, 'm').exec(dockerfile)?.[1] ?? ''
  return z.tuple([z.string()], z.string()).parse(JSON.parse(list))
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-container-'))
  mkdirSync(`${folder}/app`)
  const names = [...readFileSync('.dockerignore', 'utf8').matchAll(/^!(.+)$/gm)].map(([, name = '']) => name)
  for (const name of names) cpSync(name, `${folder}/app/${name}`, { recursive: true })
  symlinkSync(resolve('node_modules'), `${folder}/app/node_modules`)
  // The template of these files, which takes most of the time of a first start.
  cpSync('.latchkey/templates', `${folder}/app/.latchkey/templates`, { recursive: true })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('Dockerfile', () => {
  it('starts from the files of the image, is healthy, and stops after SIGTERM', async () => {
    const PORT = String(await freePort())
    const settings =
      /^ENV (.+)$/m
        .exec(dockerfile)?.[1]
        ?.split(' ')
        .map((setting) => setting.split('=')) ?? []
    const [command, ...args] = commandOf('CMD')
    const child = spawn(command, args, {
      cwd: `${folder}/app`,
      env: {
        PATH: process.env['PATH'],
        HOME: folder,
        ...Object.fromEntries(settings),
        LATCHKEY_FOLDER: `${folder}/data`,
        PORT,
      },
      stdio: 'ignore',
    })
    const ended = new Promise((end) => child.once('exit', (code, signal) => end([code, signal])))
    try {
      const [program, ...programArgs] = commandOf('HEALTHCHECK')
      const check = programArgs.map((text) => text.replace(':3000', `:${PORT}`))
      await expect.poll(() => spawnSync(program, check).status, { interval: 500, timeout: 300_000 }).toBe(0)
      child.kill('SIGTERM')
      expect(await ended).toEqual([0, null])
      expect(spawnSync(program, check).status).toBe(1)
    } finally {
      child.kill('SIGKILL')
    }
  })

  it('runs as another user than root, with its data in a volume', () => {
    const data = /LATCHKEY_FOLDER=(\S+)/.exec(dockerfile)?.[1]
    expect(dockerfile).toMatch(new RegExp(`^VOLUME ${data}$`, 'm'))
    expect(dockerfile.indexOf('\nUSER node\n')).toBeGreaterThan(dockerfile.indexOf(`chown node:node /app ${data}\n`))
  })
})
