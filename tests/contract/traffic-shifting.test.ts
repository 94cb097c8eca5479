// @module-tag local-only
// It checks files, not the HTTP API.
import { readFileSync } from 'node:fs'
import { describe, expect, inject, it } from 'vitest'
import * as z from 'zod'
import { prepareShifting, trafficShifting } from '../../dev/traffic-shifting.ts'
import { withVersions } from '../support/versions.ts'

const resource = z.looseObject({ Type: z.string(), Properties: z.record(z.string(), z.unknown()) })
const read = () =>
  z
    .object({ Resources: z.record(z.string(), resource) })
    .parse(JSON.parse(readFileSync(inject('templateFile'), 'utf8'))).Resources
const SHIFTED = ['Upload', 'Token', 'Webhook', 'Approve']
const STAGE = { prefix: 'latchkey-local', ignoredAlarms: [] }

describe('SHIFT_TRAFFIC=linear', () => {
  const resources = withVersions(read())
  const added = trafficShifting(resources, STAGE)

  it('makes versions of four functions, whose routes call an alias', () => {
    const functions = { upload: {}, token: {}, webhook: {}, approve: {}, download: {} }
    prepareShifting(functions)
    for (const name of ['upload', 'token', 'webhook', 'approve'] as const)
      expect(functions[name]).toMatchObject({ versionFunction: true, targetAlias: { name: 'live' } })
    expect(functions.download).toEqual({})
  })

  it.each(SHIFTED)('shifts the requests of %s to its new version, and back if its alarm fires', (name) => {
    const functionName = `latchkey-local-${name.toLowerCase()}`
    expect(added[`${name}LiveAlias`]).toMatchObject({
      Properties: {
        FunctionName: { Ref: `${name}LambdaFunction` },
        FunctionVersion: { 'Fn::GetAtt': [`${name}LambdaFunctionVersion`, 'Version'] },
        Name: 'live',
      },
      UpdatePolicy: {
        CodeDeployLambdaAliasUpdate: {
          ApplicationName: { Ref: 'ShiftingApplication' },
          DeploymentGroupName: { Ref: `${name}DeploymentGroup` },
        },
      },
    })
    expect(added[`${name}DeploymentGroup`]?.Properties).toMatchObject({
      DeploymentConfigName: 'CodeDeployDefault.LambdaLinear10PercentEvery1Minute',
      AlarmConfiguration: {
        Enabled: true,
        Alarms: [{ Name: { Ref: `${name}LiveErrorsAlarm` } }, { Name: { Ref: 'ServerErrorsAlarm' } }],
      },
      AutoRollbackConfiguration: { Enabled: true, Events: expect.arrayContaining(['DEPLOYMENT_STOP_ON_ALARM']) },
    })
    const alarm = JSON.stringify(added[`${name}LiveErrorsAlarm`])
    expect(alarm).toContain(`{"Name":"Resource","Value":"${functionName}:live"}`)
    expect(resources['ServerErrorsAlarm']).toBeDefined()
  })

  it('ignores alarms that are firing before the deployment, because they would stop it', () => {
    const alarms = (ignoredAlarms: string[]) =>
      trafficShifting(resources, { ...STAGE, ignoredAlarms })['UploadDeploymentGroup']?.Properties['AlarmConfiguration']
    expect(alarms(['ServerErrors'])).toEqual({ Enabled: true, Alarms: [{ Name: { Ref: 'UploadLiveErrorsAlarm' } }] })
    expect(alarms(['ServerErrors', 'UploadLiveErrors'])).toEqual({ Enabled: false, Alarms: [] })
  })

  it('deletes unused versions, because AWS publishes code only once while its version exists', () => {
    for (const name of SHIFTED) expect(resources[`${name}LambdaFunctionVersion`]?.DeletionPolicy).toBe('Delete')
  })

  it('lets CodeDeploy change the aliases of these functions only, within the boundary', () => {
    const { Properties } =
      trafficShifting(resources, { ...STAGE, boundary: 'arn:aws:iam::1:policy/b' })['ShiftingRole'] ?? {}
    expect(Properties).toMatchObject({ PermissionsBoundary: 'arn:aws:iam::1:policy/b' })
    expect(added['ShiftingRole']?.Properties).not.toHaveProperty('PermissionsBoundary')
    const paths = [...JSON.stringify(Properties).matchAll(/:(function:[^"]+)"/g)].map(([, path]) => path)
    expect(paths).toEqual(
      SHIFTED.flatMap((name) => ['', ':live'].map((end) => `function:latchkey-local-${name.toLowerCase()}${end}`)),
    )
    expect(JSON.stringify(Properties)).toContain('"Action":["cloudwatch:DescribeAlarms"],"Resource":["*"]')
  })

  it('fails if the framework has made no version of a function', () => {
    expect(() => trafficShifting(read(), STAGE)).toThrow('UploadLambdaFunction has no version in the template.')
  })

  it('keeps the stack below the 500 resources that CloudFormation allows', () => {
    // The framework makes versions of the four functions only.
    expect(Object.keys({ ...read(), ...added }).length + SHIFTED.length).toBeLessThan(497)
  })
})
