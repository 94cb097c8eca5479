import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { stageFileIssues } from '../../../dev/stage-settings.ts'

let folder = ''
beforeEach(() => {
  folder = `${mkdtempSync(join(tmpdir(), 'stage-'))}/`
})
afterEach(() => rmSync(folder, { recursive: true }))

const issues = (acceptDefaults: boolean, environment: NodeJS.ProcessEnv = {}) =>
  stageFileIssues({ folder, stage: 'prod', acceptDefaults, environment })

describe('a deployment without .env.<stage>', () => {
  it('is rejected, also with the .env of the local run', () => {
    const missing = ['.env.prod is missing: write the settings of this stage into it, or add --param="defaults=true".']
    expect(issues(false)).toEqual(missing)
    writeFileSync(`${folder}.env`, 'TOKEN_MINUTES=5\n')
    expect(issues(false)).toEqual(missing)
  })

  it('is accepted with defaults=true, unless settings of the local run would be deployed', () => {
    expect(issues(true)).toEqual([])
    writeFileSync(`${folder}.env`, 'TOKEN_MINUTES=5\nOSEM_NAME=x\nSEAL_KEY=abc\nPATH=/bin\n')
    expect(issues(true, { TOKEN_MINUTES: '', OSEM_NAME: 'other', SEAL_KEY: 'abc', PATH: '/bin' })).toEqual([])
    expect(issues(true, { TOKEN_MINUTES: '5' })).toEqual([
      'TOKEN_MINUTES would come from the .env of the local run: create .env.prod.',
    ])
  })
})

describe('a .env.<stage>', () => {
  it.each(['', '# none\n', 'TOKEN_MINUTES=5\nAWS_PROFILE=prod\nSLS_DEBUG=*\nCORS_ORIGINS=*\n'])(
    'may contain settings and variables of AWS and of the framework: %j',
    (text) => {
      writeFileSync(`${folder}.env.prod`, text)
      expect(issues(false)).toEqual([])
    },
  )

  it('is rejected with a name that is not a setting', () => {
    writeFileSync(`${folder}.env.prod`, 'TOKEN_MINUTE=5\nOSEM_UPLOADS=true\nTOKEN_MINUTES=5\n')
    expect(issues(true)).toEqual([
      'OSEM_UPLOADS in .env.prod is not a setting of Latchkey.',
      'TOKEN_MINUTE in .env.prod is not a setting of Latchkey.',
    ])
  })
})
