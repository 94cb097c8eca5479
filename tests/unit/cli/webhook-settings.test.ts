import { expect, it, vi } from 'vitest'
import { readWebhooks } from '../../../cli/support/read-webhooks.ts'
import { readStageSettings } from '../../../cli/support/stage-address.ts'
import { findWebhook } from '../../../cli/support/webhook-settings.ts'

const file = vi.hoisted(() => ({ yaml: '' }))
vi.mock(import('../../../dev/webhooks-file.ts'), async (importOriginal) => {
  const original = await importOriginal()
  return { ...original, stageWebhooks: (stage) => original.stageWebhooks(stage, file.yaml) }
})
vi.mock(import('../../../dev/run-file.ts'), async (importOriginal) => {
  const url = 'http://localhost:3000'
  const database = { endpoint: url, credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }
  const run = {
    pid: 1,
    url,
    public_url: url,
    database,
    from_environment: [],
    attestation_authority: '',
    real_providers: [],
  }
  return { ...(await importOriginal()), readRun: () => Promise.resolve(run) }
})

it('an invalid webhooks.yml is an error with all issues', () => {
  file.yaml = 'Stripe: { like: stripe }\ngithub: { like: gitlab }\n'
  expect(() => readWebhooks('prod')).toThrow(
    /^webhooks\.yml is invalid:\n- Stripe .+\n- github\.like must be one of .+$/,
  )
})

it('a name that is not in webhooks.yml is an error with all names', () => {
  file.yaml = 'github: { like: github }\n'
  expect(() => findWebhook('prod', 'gitlab')).toThrow(
    'webhooks.yml has no such provider. It has helplightning, incode, github.',
  )
})

it('events of the local run can be sent again to its fakes', async () => {
  file.yaml = 'github: { like: github }\n'
  const { WEBHOOKS = '' } = await readStageSettings({ stage: 'local', region: undefined, json: false }, 'events')
  expect(JSON.parse(WEBHOOKS)).toEqual({
    github: { like: 'github', target: 'http://localhost:3000', bus: 'local' },
  })
})
