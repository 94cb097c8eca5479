// @module-tag local-only
// It checks files, not the HTTP API.
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const guide = readFileSync('docs/guides/clients.md', 'utf8')
const snippet = /^```ts\n([\s\S]+?)^```$/m.exec(guide)?.[1] ?? ''

/** The program of the guide, followed by type checks of its response. */
const program = `const base = 'https://latchkey.example'
const headers = { Authorization: 'Bearer token' }
${snippet}
export const saved: number | undefined = data?.['saved-in-db']
if (error && 'code' in error) {
  error.code === 'credentials_missing'
  // @ts-expect-error: there is no such code.
  error.code === 'credentials_lost'
}
// @ts-expect-error: there is no such endpoint.
latchkey.POST('/uploads', { headers, body: {} })
`

const OPTIONS = ['--ignoreConfig', '--noEmit', '--strict', '--skipLibCheck', '--target', 'es2024']
const MODULES = ['--module', 'nodenext', '--allowImportingTsExtensions']

/** Whether npm can fetch the packages that generate the types: `npm ci` does not install them. */
function fetchesPackages(): boolean {
  const packages = readFileSync('dev/write-types.ts', 'utf8').match(/--package=[^']+/g) ?? []
  const args = ['exec', '--yes', ...packages, '--', 'openapi-typescript', '--version']
  return spawnSync('npm', args, { timeout: 60_000 }).status === 0
}

describe.runIf(process.env['CI'] === 'true')('npm run types', () => {
  it('generates types that fit the guide and contain the error codes', ({ skip }) => {
    skip(!fetchesPackages(), 'npm cannot fetch openapi-typescript')
    execFileSync(process.execPath, ['dev/write-types.ts'])
    writeFileSync('dist/typed-client.ts', program)
    const compile = () =>
      execFileSync(process.execPath, [
        'node_modules/typescript/bin/tsc',
        ...OPTIONS,
        ...MODULES,
        'dist/typed-client.ts',
      ])
    expect(snippet).toContain('latchkey.d.ts')
    expect(compile).not.toThrow()
  }, 120_000)
})
