// @module-tag local-only
// It checks files, not the HTTP API.
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import * as z from 'zod'

const FOLDER = '.github/workflows/'
const workflows = readdirSync(FOLDER).map((file) => readFileSync(FOLDER + file, 'utf8'))
const deployment = readFileSync(`${FOLDER}deploy-stage.yml`, 'utf8')

it('workflows run scripts that exist', () => {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync('package.json', 'utf8')))
  const used = workflows.flatMap((text) => [...text.matchAll(/npm run (?:-s )?([\w:-]+)/g)].map(([, name]) => name))
  expect(used.toSorted()).toEqual(['build', 'smoke'])
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(used))
})

it('secrets and AWS roles reach no pull request', () => {
  for (const text of workflows) {
    if (/^ {2}pull_request/m.test(text)) expect(text).not.toMatch(/secrets\.|id-token/)
    expect(text).not.toContain('pull_request_target')
  }
  expect(readFileSync(`${FOLDER}deploy.yml`, 'utf8')).toContain("github.event.workflow_run.event == 'push'")
})

it('a deployment verifies the digest of its code, and every variable of the environment is documented', () => {
  expect(deployment).toContain('npx serverless deploy --stage "$STAGE" --param "bundles=$DIGEST"')
  const names = [...deployment.matchAll(/\$\{\{ (?:vars|secrets)\.(\w+) \}\}/g)].map(([, name]) => name)
  const document = readFileSync('docs/operations/deploy.md', 'utf8')
  for (const name of names) expect(document).toContain(`\`${name}\``)
})
