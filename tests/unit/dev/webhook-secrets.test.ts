import { describe, expect, it } from 'vitest'
import { localWebhookSecrets, webhookParameters, webhookSecretsIn } from '../../../dev/webhook-secrets.ts'
import { stageWebhooks } from '../../../dev/webhooks-file.ts'
import { checkSecret } from '../../../lib/webhooks/schemes.ts'

const providersOf = (yaml: string) => [...stageWebhooks('local', yaml).providers.values()]

describe('local secrets of webhooks', () => {
  const FILE = `
stripe: { like: stripe, target: { local: "http://localhost:4000/" } }
svix: { like: svix }
my-api: { verify: { scheme: basic } }
line: { verify: { scheme: header } }
value: { verify: { scheme: header, header: X-Key } }
livekit: { like: livekit }
plaid: { like: plaid }
jwks: { verify: { scheme: jwt, header: x-proof, claim: d, algorithms: [ES256], jwks: "https://a.example/keys" } }
token: { verify: { scheme: auth-token } }
`

  it('have the form that each scheme needs, and differ by parameter and key', () => {
    const secrets = localWebhookSecrets(providersOf(FILE), 'a key')
    expect(secrets).toMatchObject({
      WEBHOOK_STRIPE: expect.stringMatching(/^whsec_.{44}$/),
      WEBHOOK_SVIX: expect.stringMatching(/^whsec_.{44}$/),
      WEBHOOK_MY_API: expect.stringMatching(/^latchkey:[0-9a-f]{64}$/),
      WEBHOOK_LINE: expect.stringMatching(/^X-Webhook-Secret: [0-9a-f]{64}$/),
      WEBHOOK_VALUE: expect.stringMatching(/^whsec_.{44}$/),
      WEBHOOK_LIVEKIT: expect.stringMatching(/^whsec_.{44}$/),
      WEBHOOK_TARGET_STRIPE: expect.stringMatching(/^whsec_.{44}$/),
    })
    for (const { name, schemes } of webhookParameters(providersOf(FILE)))
      for (const scheme of schemes) if (secrets[name]) checkSecret(scheme, secrets[name])
    expect(secrets).toHaveProperty('WEBHOOK_TARGET_MY_API')
    for (const name of ['WEBHOOK_PLAID', 'WEBHOOK_JWKS', 'WEBHOOK_TOKEN', 'INCODE_WEBHOOK_HEADER'])
      expect(secrets).not.toHaveProperty(name)
    expect(new Set(Object.values(secrets)).size).toBe(Object.keys(secrets).length)
    expect(localWebhookSecrets(providersOf(FILE), 'a key')).toEqual(secrets)
    expect(localWebhookSecrets(providersOf(FILE), 'another')['WEBHOOK_SVIX']).not.toBe(secrets['WEBHOOK_SVIX'])
  })

  it('are needed once by schemes that share a parameter', () => {
    const file =
      'a: { verify: [{ scheme: basic, secret: WEBHOOK_B }, { scheme: basic, shadow: true }] }\nb: { verify: { scheme: basic } }\n'
    const needed = webhookParameters(providersOf(file)).map(({ name, provider, schemes }) => [
      name,
      provider,
      schemes.length,
    ])
    expect(needed).toEqual([
      ['HLSERVER_WEBHOOK_SECRET', 'helplightning', 1],
      ['INCODE_WEBHOOK_HEADER', 'incode', 1],
      ['WEBHOOK_B', 'a', 2],
      ['WEBHOOK_A', 'a', 1],
    ])
  })

  it('of an environment are those that are set', () => {
    expect(webhookSecretsIn({ WEBHOOK_A: 'a', WEBHOOK_B: '', WEBHOOKS: '{}', OTHER: 'x' })).toEqual({ WEBHOOK_A: 'a' })
  })
})
