import { expect, it, vi } from 'vitest'
import { findWebhook, readWebhooks } from '../../../cli/support/webhook-settings.ts'

const file = vi.hoisted(() => ({ yaml: '' }))
vi.mock(import('../../../dev/webhooks-file.ts'), async (importOriginal) => {
  const original = await importOriginal()
  return { ...original, stageWebhooks: (stage) => original.stageWebhooks(stage, file.yaml) }
})

it('an invalid webhooks.yml is an error with all issues', () => {
  file.yaml = 'Stripe: { like: stripe }\ngithub: { like: gitlab }\n'
  expect(() => readWebhooks('prod')).toThrow(/^webhooks\.yml is invalid:\n- Stripe .+\n- github.+\n/)
})

it('a name that is not in webhooks.yml is an error with all names', () => {
  file.yaml = 'github: { like: github }\n'
  expect(() => findWebhook('prod', 'gitlab')).toThrow(
    'webhooks.yml has no such provider. It has helplightning, incode, github.',
  )
})
