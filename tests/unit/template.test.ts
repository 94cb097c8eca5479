import { readFileSync } from 'node:fs'
import { describe, expect, inject, it } from 'vitest'
import * as z from 'zod'
import { readTemplate } from '../../dev/template.ts'

const resource = z.looseObject({ Type: z.string(), Properties: z.looseObject({}) })
const { Resources } = z
  .object({ Resources: z.record(z.string(), resource) })
  .parse(JSON.parse(readFileSync(inject('templateFile'), 'utf8')))
const ofType = (type: string) => Object.entries(Resources).filter(([, { Type }]) => Type === type)

describe('the template that serverless.yml makes', () => {
  it('has four tables on demand, with TTL and recovery, that outlive the stack', () => {
    const tables = ofType('AWS::DynamoDB::Table')
    expect(tables.map(([, { Properties }]) => Properties['TableName'])).toEqual([
      'latchkey-local-clients',
      'latchkey-local-tokens',
      'latchkey-local-sessions',
      'latchkey-local-measurements',
    ])
    for (const [, table] of tables) {
      expect(table).toMatchObject({
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
        Properties: {
          BillingMode: 'PAY_PER_REQUEST',
          TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        },
      })
    }
  })

  it('gives every function Node 24 on arm64, its own role and nothing shared', () => {
    const functions = ofType('AWS::Lambda::Function')
    const roles = functions.map(([, { Properties }]) => JSON.stringify(Properties['Role']))
    expect(functions).toHaveLength(25)
    expect(new Set(roles).size).toBe(25)
    expect(Object.keys(Resources)).not.toContain('IamRoleLambdaExecution')
    for (const [, { Properties }] of functions) {
      expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] })
    }
  })

  it('lets only the token function read the private keys, and no function a wildcard', () => {
    const roles = ofType('AWS::IAM::Role').map(([name, role]) => [name, JSON.stringify(role)] as const)
    expect(roles.filter(([, text]) => text.includes('SIGNING_KEYS')).map(([name]) => name)).toEqual(['TokenRole'])
    const leading = (text: string) => text.includes('LeadingKeys')
    const written = roles.filter(([, text]) => /SessionsTable/.test(text) && /UpdateItem|PutItem|DeleteItem/.test(text))
    expect(written.length).toBeGreaterThan(8)
    expect(written.filter(([, text]) => !leading(text))).toEqual([])
    for (const [, text] of roles) expect(text).not.toMatch(/"[a-z]+:\*"|"\*"|parameter\/[^"]*\*/)
  })

  it('routes every path with and without a slash at its end, and all else to one function', async () => {
    const { routes } = await readTemplate(inject('templateFile'))
    const keys = [...routes.keys()].filter((key) => key !== '$default')
    const plain = keys.filter((key) => !key.endsWith('/'))
    expect(plain).toEqual([
      'GET /register',
      'POST /register',
      'GET /token',
      'POST /token',
      'POST /introspect',
      'POST /revoke',
      'GET /.well-known/jwks.json',
      'GET /.well-known/oauth-authorization-server',
      'POST /upload',
      'GET /download',
      'HEAD /download',
      'GET /start',
      'POST /start',
      'GET /onboarding-url',
      'POST /onboarding-url',
      'GET /onboarding-status',
      'GET /fetch-score',
      'POST /finish',
      'POST /webhook',
      'POST /approve',
      'POST /auth',
      'GET /auth',
      'POST /session',
      'GET /session',
      'POST /webhook/helplightning',
      'GET /access-token',
      'POST /access-token',
      'GET /health',
    ])
    expect(keys.filter((key) => key.endsWith('/') && key !== 'GET /')).toEqual(plain.map((key) => `${key}/`))
    expect(routes.get('$default')).toBe('NotFoundLambdaFunction')
    for (const key of plain) expect(routes.get(`${key}/`)).toBe(routes.get(key))
  })
})
