import { describe, expect, it } from 'vitest'
import { stageWebhooks } from '../../../dev/webhooks-file.ts'

const STRIPE = 'stripe:\n  like: stripe\n'

describe('webhooks.yml', () => {
  it('may be empty', () => {
    expect(stageWebhooks('prod', '# nothing\n')).toMatchObject({ text: '{}', names: [], buses: [], secrets: [] })
  })

  it('gives each stage its target and bus', () => {
    const yaml = `${STRIPE}  target: { prod: https://api.example/a, local: http://localhost:1/ }\n  bus: { dev: team }\n`
    const recipientsIn = (stage: string) => JSON.parse(stageWebhooks(stage, yaml).text)
    expect(recipientsIn('prod')).toEqual({ stripe: { like: 'stripe', target: 'https://api.example/a' } })
    expect(recipientsIn('dev')).toEqual({ stripe: { like: 'stripe', bus: 'team' } })
    expect(recipientsIn('local')).toEqual({ stripe: { like: 'stripe', target: 'http://localhost:1/' } })
    expect(recipientsIn('test')).toEqual({ stripe: { like: 'stripe' } })
  })

  it('gives a target and bus for all stages to deployed ones only', () => {
    const yaml = `${STRIPE}  target: https://api.example/a\n  bus: team\n`
    expect(stageWebhooks('prod', yaml)).toMatchObject({
      names: ['stripe'],
      buses: ['team'],
      secrets: ['WEBHOOK_STRIPE'],
      targetSecrets: ['WEBHOOK_TARGET_STRIPE'],
    })
    expect(stageWebhooks('local', yaml)).toMatchObject({ buses: [], targetSecrets: [] })
  })

  it('can send on the events of a built-in provider, which has its secrets elsewhere', () => {
    const { secrets, targetSecrets } = stageWebhooks('prod', 'incode: { target: https://api.example/a }\n')
    expect([secrets, targetSecrets]).toEqual([[], ['WEBHOOK_TARGET_INCODE']])
  })
})

describe('a mistake in webhooks.yml', () => {
  it.each([
    ['a list', '- stripe\n', 'must have an entry for each provider'],
    ['no YAML', 'a: b: c\n', 'is not YAML'],
    ['an entry twice', `${STRIPE}${STRIPE}`, 'Map keys must be unique'],
    ['a name in upper case', 'Stripe: { like: stripe }\n', 'Stripe must be named with 1 to 32 lower-case letters'],
    ['the name of a target secret', 'target-a: { like: stripe }\n', 'target-a must be named with'],
    ['an unknown preset', 'a: { like: stripes }\n', 'a.like must be one of standard-webhooks, github'],
    ['no scheme', 'a: {}\n', 'a.verify must say how the provider proves who it is'],
    ['an unknown scheme', 'a: { verify: { scheme: hmacs } }\n', 'a.verify.0.scheme Invalid discriminator value'],
    ['an unknown member', `${STRIPE}  targets: x\n`, 'stripe has an unknown member: targets'],
    ['a missing member', 'a: { verify: { scheme: hmac } }\n', 'a.verify.0.header is missing'],
    [
      'no place for the time',
      'a: { verify: { scheme: timestamped-hmac, header: x } }\n',
      'must have either parts or timeHeader',
    ],
    [
      'the secret of a target',
      'a: { verify: { scheme: basic, secret: WEBHOOK_TARGET_B } }\n',
      'a.verify.0.secret must be WEBHOOK_',
    ],
    ['a target without https', `${STRIPE}  target: http://api.example/\n`, 'the target of stripe must be an https URL'],
    ['a target that is no URL', `${STRIPE}  target: api.example\n`, 'stripe.target must be an https URL'],
  ])('is named: %s', (_case, yaml, message) => {
    expect(() => stageWebhooks('prod', yaml)).toThrow(message)
  })

  it('is named together with all others', () => {
    expect(() => stageWebhooks('prod', 'a: {}\nb: { like: nothing }\n')).toThrow(
      /a\.verify .*\n- b\.verify .*\n- b\.like /,
    )
  })
})
