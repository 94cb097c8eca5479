// @module-tag local-only
// These tests start processes of their own.
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { freePort } from '../../dev/free-port.ts'
import { cloneEnvironment, cloneRepository } from '../support/clone.ts'
import { START } from '../support/local-run.ts'
import { type CodeBlock, codeBlocks, documentFiles, readDocument } from '../support/markdown.ts'

/** Runs the commands of the README and the guides against `npm start`, as a reader pastes them. */

const hasCurl = spawnSync('bash', ['-c', 'curl --version']).status === 0
const hasPython = (module: string): boolean => spawnSync('python3', ['-c', `import ${module}`]).status === 0

/** Interpreters for blocks that are not shell commands. All blocks of a document share one shell. */
const HERE_DOCUMENTS: Readonly<Record<string, string>> = {
  python: 'python3 -',
  js: `"${process.execPath}" --input-type=module -`,
}

let clone: string
let latchkey: ChildProcess
let url: string
let servicePort: number
beforeAll(async () => {
  if (!hasCurl) return
  clone = cloneRepository()
  mkdirSync(join(clone, 'fast'))
  writeFileSync(join(clone, 'fast/npx'), FAST_NPX, { mode: 0o700 })
  const port = await freePort()
  url = `http://localhost:${port}`
  servicePort = await freePort()
  latchkey = spawn(process.execPath, START, {
    // Settings from a developer's .env must not apply.
    cwd: clone,
    env: cloneEnvironment(clone, port),
  })
  let output = ''
  for (const stream of [latchkey.stdout, latchkey.stderr]) stream?.on('data', (chunk) => (output += String(chunk)))
  await vi.waitFor(() => expect(output).toContain('Latchkey is running'), { timeout: 300_000, interval: 200 })
})
afterAll(() => {
  latchkey?.kill('SIGKILL')
  if (clone) rmSync(clone, { recursive: true, force: true })
})

/** npx needs most of a second for each command. The README has the real one. */
const FAST_NPX = `#!/bin/sh
test "$1" = latchkey && shift && exec "${process.execPath}" cli/bin.mjs "$@"
echo "unexpected: npx $*" >&2; exit 1
`

interface Step extends CodeBlock {
  /** The expected output of the block; `…` matches any text. */
  output: string | null
}

/** The runnable blocks of a document with their expected outputs. */
function stepsOf(text: string): Step[] {
  const steps: Step[] = []
  let current: Step | null = null
  for (const block of codeBlocks(text)) {
    if (block.mark === 'output' && current) current.output = block.code
    const match = /^run(?: with (?<module>\w+))?$/.exec(block.mark)
    if (!match) continue
    const module = match.groups?.['module']
    current = module === undefined || hasPython(module) ? { ...block, output: null } : null
    if (current) steps.push(current)
  }
  return steps
}

const END = '--- end of block ---'

function run(steps: readonly Step[], folders: readonly string[]): string[] {
  const script = steps.map(({ language, code }) => {
    const command = HERE_DOCUMENTS[language]
    const shell = command === undefined ? code : `${command} <<'END_OF_PROGRAM'\n${code}END_OF_PROGRAM\n`
    const ports = shell.replaceAll('http://localhost:3000', url).replaceAll('8081', String(servicePort))
    return `${ports}\necho '${END}'`
  })
  const PATH = [...folders, resolve('node_modules/.bin'), process.env['PATH'] ?? ''].join(':')
  const printed = execFileSync('bash', ['--norc', '-c', `set -euo pipefail\n${script.join('\n')}`], {
    cwd: clone,
    env: {
      PATH,
      HOME: process.env['HOME'] ?? clone,
      LATCHKEY_FOLDER: join(clone, '.latchkey'),
      npm_config_cache: join(clone, '.npm'),
    },
    timeout: 120_000,
  })
  return printed.toString().replaceAll(url, 'http://localhost:3000').replaceAll('\r\n', '\n').split(`${END}\n`)
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
const pattern = (shown: string): RegExp => new RegExp(`^${shown.trim().split('…').map(escaped).join('[\\s\\S]*?')}$`)

const documents = documentFiles()
  .filter((file) => file === 'README.md' || file.startsWith('docs/guides/'))
  .map((file) => ({ file, steps: stepsOf(readDocument(file)) }))
  .filter(({ steps }) => steps.length > 0 && steps.every(({ language }) => language !== 'python' || hasPython('sys')))

describe.skipIf(!hasCurl)('commands in documents', () => {
  it.each(documents)('of $file work when pasted', ({ file, steps }) => {
    const outputs = run(steps, file === 'README.md' ? [] : [join(clone, 'fast')])
    for (const [index, { line, output }] of steps.entries()) {
      if (output !== null) expect(outputs[index]?.trim(), `the block in line ${line}`).toMatch(pattern(output))
    }
  })
})
