import { describe, expect, it } from 'vitest'
import { readYaml, stageWebhooks } from '../../../dev/webhooks-file.ts'

const STRIPE = 'stripe:\n  like: stripe\n'

describe('webhooks.yml', () => {
  it('may be empty', () => {
    expect(stageWebhooks('prod', '# nothing\n')).toMatchObject({ text: '{}', names: [], buses: [], secrets: [] })
  })

  it('may be missing', () => {
    expect(readYaml('no/webhooks.yml')).toBe('')
    expect(() => readYaml('dev')).toThrow('EISDIR')
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

const verify = (yaml: string) => `a: { verify: ${yaml} }\n`

describe('a mistake in webhooks.yml', () => {
  it.each([
    ['a list', '- stripe\n', 'must have an entry for each provider'],
    ['no YAML', 'a: b: c\n', 'is not YAML'],
    ['an entry twice', `${STRIPE}${STRIPE}`, 'Map keys must be unique'],
    ['a name in upper case', 'Stripe: { like: stripe }\n', 'Stripe must be named with 1 to 32 lower-case letters'],
    ['the name of a target secret', 'target-a: { like: stripe }\n', 'target-a must be named with'],
    ['an unknown preset', 'a: { like: stripes }\n', 'a.like must be one of standard-webhooks, github'],
    ['no scheme', 'a: {}\n', 'a.verify must say how the provider proves who it is'],
    [
      'an unknown scheme',
      'a: { verify: { scheme: hmacs } }\n',
      '- a.verify.scheme must be one of standard-webhooks, hmac, timestamped-hmac',
    ],
    ['an unknown member', `${STRIPE}  targets: x\n`, 'stripe has an unknown member: targets'],
    ['a missing member', 'a: { verify: { scheme: hmac } }\n', '- a.verify.header is missing'],
    [
      'no place for the time',
      'a: { verify: { scheme: timestamped-hmac, header: x } }\n',
      'must have either parts or timeHeader',
    ],
    [
      'the secret of a target',
      'a: { verify: { scheme: basic, secret: WEBHOOK_TARGET_B } }\n',
      '- a.verify.secret must be WEBHOOK_',
    ],
    [
      'a target without https',
      `${STRIPE}  target: http://api.example/\n`,
      'stripe.target must be an https URL: http is for the stage local only',
    ],
    ['a target that is no URL', `${STRIPE}  target: api.example\n`, 'stripe.target must be an https URL'],
    ['a target for no stage', `${STRIPE}  target: 5\n`, 'stripe.target must be a text, or a map of texts by stage'],
    ['a bus', `${STRIPE}  bus: { dev: "a b" }\n`, 'stripe.bus.dev must be the name of an event bus'],
    ...['localhost', 'a.localhost.', '127.0.0.1', '10.1', '[::1]', '[fd00::1]'].map(
      (host): [string, string, string] => [
        `a target at ${host}`,
        `${STRIPE}  target: "https://${host}/"\n`,
        '- stripe.target must have a public address: localhost and private addresses are for the stage local only',
      ],
    ),
    ['only shadow', verify('[{ scheme: basic, shadow: true }]'), '- a.verify needs a scheme without shadow'],
    ['an item of a list', verify('[{ scheme: hmac }]'), '- a.verify.0.header is missing'],
    ['no map', verify('[hmac]'), '- a.verify.0 must be a map of members'],
    [
      'an algorithm',
      verify('{ scheme: hmac, header: x, algorithm: md5 }'),
      '- a.verify.algorithm must be one of sha1, sha256, sha512',
    ],
    ['a boolean', verify('{ scheme: basic, shadow: 1 }'), '- a.verify.shadow must be true or false'],
    ['no text', verify('{ scheme: hmac, header: 1 }'), '- a.verify.header must be a text'],
    [
      'no list',
      verify('{ scheme: jwt, header: x, claim: c, algorithms: HS256 }'),
      '- a.verify.algorithms must be a list',
    ],
    [
      'an empty list',
      verify('{ scheme: jwt, header: x, claim: c, algorithms: [] }'),
      '- a.verify.algorithms must not be empty',
    ],
    [
      'no map of parts',
      verify('{ scheme: timestamped-hmac, header: x, parts: t }'),
      '- a.verify.parts must be a map of members',
    ],
    ['no number', verify('{ scheme: standard-webhooks, tolerance: x }'), '- a.verify.tolerance must be a whole number'],
    [
      'a small number',
      verify('{ scheme: standard-webhooks, tolerance: 0 }'),
      '- a.verify.tolerance must be at least 1',
    ],
    [
      'a large number',
      verify('{ scheme: standard-webhooks, tolerance: 9999 }'),
      '- a.verify.tolerance must be at most 3600',
    ],
    [
      'a long text',
      verify(`{ scheme: hmac, header: x, prefix: ${'p'.repeat(101)} }`),
      '- a.verify.prefix must have at most 100 characters',
    ],
    [
      'an empty separator',
      verify('{ scheme: timestamped-hmac, header: x, parts: { time: t, signature: s, separator: "" } }'),
      '- a.verify.parts.separator must not be empty',
    ],
    [
      'a content whose time can be split',
      verify('{ scheme: timestamped-hmac, header: x, timeHeader: y, content: "{time}{body}" }'),
      '- a.verify.content must have text between {time} and {body}',
    ],
    [
      'a content with digits only',
      verify('{ scheme: timestamped-hmac, header: x, timeHeader: y, content: "{time}0{body}" }'),
      '- a.verify.content must have text between {time} and {body}',
    ],
    [
      'keys without https',
      verify('{ scheme: jwt, header: x, claim: c, algorithms: [ES256], jwks: "http://a.example/" }'),
      '- a.verify.jwks must be an https URL',
    ],
    [
      'keys for HS256',
      verify('{ scheme: jwt, header: x, claim: c, algorithms: [HS256], jwks: "https://a.example/" }'),
      '- a.verify.jwks must not be set for HS256 alone',
    ],
    [
      'a path',
      `${STRIPE}  id: data.id\n`,
      '- stripe.id must start with / for a pointer into the body; data.id would be a header',
    ],
    ['a path from the root', `${STRIPE}  type: $type\n`, '- stripe.type must start with / for a pointer'],
    [
      'a content without the time',
      verify('{ scheme: timestamped-hmac, header: x, timeHeader: y, content: "{body}" }'),
      '- a.verify.content must contain {time} and {body}, each once',
    ],
    ['an answer', `${STRIPE}  answer: { status: 201 }\n`, '- stripe.answer.status must be 200 or 204'],
    ['a reserved name', '__proto__: { like: stripe }\n', '- __proto__ must be named with'],
  ])('is named: %s', (_case, yaml, message) => {
    expect(() => stageWebhooks('prod', yaml)).toThrow(message)
  })

  it('is named together with all others, an unknown member first', () => {
    const yaml = `a: {}
b: { like: nothing, id: a.b }
c: { verfy: { scheme: basic } }
d: { like: stripe, target: { prd: x, prod: http://api.example/, local: http://localhost:1/ } }
`
    expect(() => stageWebhooks('local', yaml)).toThrow(
      /^webhooks\.yml is invalid:\n- a\.verify must .*\n- b\.like .*\n- b\.id .*\n- c has an unknown member: verfy\n- d\.target\.prd must .*\n- d\.target\.prod must .*$/,
    )
  })
})

describe('a provider without recipients in a stage', () => {
  const yaml = `${STRIPE}  target: { prd: https://api.example/a }\ngithub: { like: github, bus: { dev: a, test: b } }\nsvix: { like: svix }\n`

  it('is a notice if other stages have some', () => {
    expect(stageWebhooks('prod', yaml).notices).toEqual([
      'stripe has no recipient in stage prod (targets: prd)',
      'github has no recipient in stage prod (buses: dev, test)',
    ])
    expect(stageWebhooks('prd', yaml).notices).toEqual(['github has no recipient in stage prd (buses: dev, test)'])
  })

  it('is not a notice in the local run, which has fakes', () => {
    expect(stageWebhooks('local', yaml).notices).toEqual([])
  })
})
