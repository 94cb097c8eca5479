// @module-tag local-only
// It checks files, not the HTTP API.
import { readFile } from 'node:fs/promises'
import { beforeAll, expect, inject, it } from 'vitest'
import * as z from 'zod'
import { MAX_POLICY_CHARACTERS, stagePolicies } from '../../../dev/deployer-policy.ts'
import { packageTemplate } from '../../../dev/package-template.ts'
import { readTemplate } from '../../../dev/template.ts'

const resource = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()),
  DeletionPolicy: z.optional(z.string()),
})
const template = z.object({ Resources: z.record(z.string(), resource) })
const SHIFTED = ['Approve', 'Token', 'Upload', 'Webhook']

let file: string
let text: string
let resources: z.output<typeof template>['Resources']

beforeAll(async () => {
  // As `npm run check` packages it.
  file = await packageTemplate('prod', { SHIFT_TRAFFIC: 'linear' })
  text = await readFile(file, 'utf8')
  resources = template.parse(JSON.parse(text)).Resources
})

const ofType = (type: string) => Object.entries(resources).filter(([, { Type }]) => Type === type)

it('SHIFT_TRAFFIC=linear packages a version and an alias of four functions, and of no others', () => {
  const versions = ofType('AWS::Lambda::Version').map(([, { Properties }]) => Properties['FunctionName'])
  for (const [, { DeletionPolicy }] of ofType('AWS::Lambda::Version')) expect(DeletionPolicy).toBe('Delete')
  const names = SHIFTED.map((name) => ({ Ref: `${name}LambdaFunction` }))
  expect(versions).toEqual(expect.arrayContaining(names))
  expect(versions).toHaveLength(4)
  expect(ofType('AWS::Lambda::Alias')).toHaveLength(4)
  expect(ofType('AWS::CodeDeploy::DeploymentGroup')).toHaveLength(4)
})

it('SHIFT_TRAFFIC=linear lets routes and their permission call the alias', () => {
  for (const name of SHIFTED) {
    const alias = { 'Fn::Join': [':', [{ 'Fn::GetAtt': [`${name}LambdaFunction`, 'Arn'] }, 'live']] }
    expect(resources[`HttpApiIntegration${name}`]).toMatchObject({
      DependsOn: [`${name}LambdaPermissionHttpApi`],
      Properties: { IntegrationUri: alias },
    })
    expect(resources[`${name}LambdaPermissionHttpApi`]).toMatchObject({
      DependsOn: `${name}LiveAlias`,
      Properties: { FunctionName: alias },
    })
  }
})

it('SHIFT_TRAFFIC=linear changes no route', async () => {
  expect((await readTemplate(file)).routes).toEqual((await readTemplate(inject('templateFile'))).routes)
})

it('SHIFT_TRAFFIC=linear stays within the limits of CloudFormation and of the policy of the deployer', () => {
  expect(Object.keys(resources).length).toBeLessThan(500)
  expect(Buffer.byteLength(text)).toBeLessThan(1_000_000)
  const stacks = [{ name: 'latchkey-prod', template: { Resources: resources } }]
  const { deploy } = stagePolicies({ service: 'latchkey', stage: 'prod', region: 'eu-central-1', stacks })
  expect(JSON.stringify(deploy).length).toBeLessThan(MAX_POLICY_CHARACTERS)
  const passes = deploy.Statement.find(({ Action }) => Action.includes('iam:PassRole'))
  expect(JSON.stringify(passes)).toContain('codedeploy.amazonaws.com')
  const groups = deploy.Statement.find(({ Action }) => Action.includes('codedeploy:Create*'))
  expect(JSON.stringify(groups)).toContain('deploymentgroup:latchkey-prod-*')
})
