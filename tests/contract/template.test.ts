// @module-tag local-only
// It checks files, not the HTTP API.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { describe, expect, inject, it } from 'vitest'
import * as z from 'zod'
import { storedUploadsFilter, UPLOAD_ROUTES } from '../../dev/alarm-definitions.ts'
import { alarmResources } from '../../dev/alarm-resource.ts'
import { dataTemplateFile, packageTemplate } from '../../dev/package-template.ts'
import { ROLLBACK_ALARMS } from '../../dev/rollback.ts'
import { readTemplate } from '../../dev/template.ts'
import { trafficShifting } from '../../dev/traffic-shifting.ts'
import { withVersions } from '../support/versions.ts'

const resource = z.looseObject({ Type: z.string(), Properties: z.looseObject({}) })
const file = z
  .object({ Resources: z.record(z.string(), resource), Outputs: z.record(z.string(), z.unknown()) })
  .parse(JSON.parse(readFileSync(inject('templateFile'), 'utf8')))
const { Resources } = file
const data = z
  .object({ Resources: z.record(z.string(), resource) })
  .parse(JSON.parse(readFileSync(dataTemplateFile(inject('templateFile')), 'utf8')))
const stage = Resources['HttpApiStage']?.Properties ?? {}
const ofType = (type: string) => Object.entries(Resources).filter(([, { Type }]) => Type === type)

const alarms = ofType('AWS::CloudWatch::Alarm')
/** Of settings that have no value here. */
const optionalAlarms = Object.entries({
  ...trafficShifting(withVersions(Resources), { prefix: 'latchkey-local', ignoredAlarms: [] }),
  ...alarmResources('latchkey-local', { UploadsStopped: {} }, 'critical'),
}).filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
const alarmName = ({ AlarmName }: Record<string, unknown>) => String(AlarmName).replace('latchkey-local-', '')

const dimensions = z.array(z.object({ Name: z.string(), Value: z.unknown() }))
const metric = z.object({ MetricName: z.string(), Dimensions: dimensions })
const metricList = z.array(z.looseObject({ MetricStat: z.object({ Metric: metric }).optional() }))
const metricsOf = ({ Metrics, ...properties }: Record<string, unknown>) =>
  Metrics === undefined
    ? [metric.parse(properties)]
    : metricList.parse(Metrics).flatMap(({ MetricStat }) => MetricStat?.Metric ?? [])

const { tables } = await readTemplate(inject('templateFile'))

const FUNCTIONS = readdirSync('functions').filter((file) => !file.endsWith('.docs.ts'))

describe('the template of the data stack', () => {
  it('retains five on-demand tables with TTL and point-in-time recovery', () => {
    const tables = Object.values(data.Resources).filter(({ Type }) => Type === 'AWS::DynamoDB::Table')
    expect(tables.map(({ Properties }) => Properties['TableName'])).toEqual([
      'latchkey-local-clients',
      'latchkey-local-tokens',
      'latchkey-local-sessions',
      'latchkey-local-measurements',
      'latchkey-local-submissions',
    ])
    for (const table of tables) {
      expect(table).toMatchObject({
        Type: 'AWS::DynamoDB::Table',
        DeletionPolicy: 'Retain',
        UpdateReplacePolicy: 'Retain',
        Properties: {
          BillingMode: 'PAY_PER_REQUEST',
          TimeToLiveSpecification: { AttributeName: 'expires_at', Enabled: true },
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          SSESpecification: { SSEEnabled: true },
          DeletionProtectionEnabled: true,
        },
      })
    }
  })

  it('retains a private, encrypted bucket, and nothing else', () => {
    const { FilesBucket, FilesBucketPolicy, ...others } = data.Resources
    expect(Object.values(others).map(({ Type }) => Type)).toEqual(Array(5).fill('AWS::DynamoDB::Table'))
    const name = `latchkey-local-files-\${AWS::AccountId}-\${AWS::Region}`
    expect(FilesBucket).toMatchObject({
      Type: 'AWS::S3::Bucket',
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BucketName: { 'Fn::Sub': name },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
        OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        BucketEncryption: {
          ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
        },
        CorsConfiguration: {
          CorsRules: [
            { AllowedOrigins: ['*'], AllowedMethods: ['PUT'] },
            { AllowedOrigins: ['*'], AllowedMethods: ['GET', 'HEAD'] },
          ],
        },
      },
    })
    expect(FilesBucketPolicy?.Properties).toMatchObject({
      PolicyDocument: {
        Statement: [
          { Effect: 'Deny', Principal: '*', Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
        ],
      },
    })
  })

  it('expires files that no function has removed, but never those of submissions', () => {
    const lifecycle = z.object({ Rules: z.array(z.looseObject({ Prefix: z.string().optional() })) })
    const { Rules } = lifecycle.parse(data.Resources['FilesBucket']?.Properties['LifecycleConfiguration'])
    expect(Rules).toMatchObject([
      { Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } },
      { Status: 'Enabled', Prefix: 'measurements/', ExpirationInDays: 14 },
      { Status: 'Enabled', Prefix: 'exports/', ExpirationInDays: 2 },
    ])
    expect(Rules[0]).not.toHaveProperty('ExpirationInDays')
  })

  it('leaves no table in the stack of the application, which a deployment or a removal may delete', () => {
    expect(ofType('AWS::DynamoDB::Table')).toEqual([])
    expect(JSON.stringify(Resources)).not.toMatch(/\w+Table\.Arn|"\w+Table"/)
  })
})

describe('the template of serverless.yml', () => {
  it('is made without emptying dist/, which other processes may read', async () => {
    const mark = `dist/${process.pid}.txt`
    writeFileSync(mark, '')
    const template = await packageTemplate('local', { TAGS: `test=${process.pid}` })
    const isLeft = existsSync(mark)
    for (const name of [mark, template, dataTemplateFile(template)]) rmSync(name, { force: true })
    expect(isLeft).toBe(true)
  })

  it('runs every function on Node 24 on arm64, with its own role', () => {
    const functions = ofType('AWS::Lambda::Function')
    const roles = functions.map(([, { Properties }]) => JSON.stringify(Properties['Role']))
    const handlers = functions.map(([, { Properties }]) => String(Properties['Handler']))
    expect(handlers.toSorted(), 'serverless.yml, functions: one `handler` for each file of functions/').toEqual(
      FUNCTIONS.map((file) => `dist/${file.replace('.ts', '.handler')}`).toSorted(),
    )
    expect(new Set(roles).size).toBe(FUNCTIONS.length)
    expect(Object.keys(Resources)).not.toContain('IamRoleLambdaExecution')
    for (const [, { Properties }] of functions) {
      expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'] })
    }
  })

  it('restricts the private keys to the functions that sign, without wildcards', () => {
    const roles = ofType('AWS::IAM::Role').map(([name, role]) => [name, JSON.stringify(role)] as const)
    expect(roles.filter(([, text]) => text.includes('SIGNING_KEYS')).map(([name]) => name)).toEqual([
      'TokenRole',
      'AttestRole',
    ])
    const leading = (text: string) => text.includes('LeadingKeys')
    const written = roles.filter(
      ([, text]) => /table\/latchkey-local-sessions"/.test(text) && /UpdateItem|PutItem|DeleteItem/.test(text),
    )
    expect(written.length).toBeGreaterThan(8)
    expect(written.filter(([, text]) => !leading(text))).toEqual([])
    for (const [, text] of roles) expect(text).not.toMatch(/"[a-z]+:\*"|"\*"|parameter\/[^"]*\*/)
  })

  it('retains every log for a month, without paths and queries from API Gateway', () => {
    const groups = ofType('AWS::Logs::LogGroup')
    expect(groups).toHaveLength(FUNCTIONS.length + 1)
    for (const [, { Properties }] of groups) expect(Properties).toMatchObject({ RetentionInDays: 30 })
    const format = z.object({ AccessLogSettings: z.object({ Format: z.string() }) }).parse(stage)
      .AccessLogSettings.Format
    const fields = [...format.matchAll(/\$context\.([\w.]+)/g)].map(([, field]) => field)
    expect(fields).toContain('routeKey')
    expect(fields.filter((field) => /path|query|header|authorizer/i.test(field ?? ''))).toEqual([])
    expect(() => JSON.parse(format)).not.toThrow()
  })

  it('throttles each route, and more strictly for secrets and paid providers', () => {
    expect(stage).toMatchObject({
      DefaultRouteSettings: { DetailedMetricsEnabled: false, ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1000 },
    })
    const limited = z.record(z.string(), z.object({ ThrottlingRateLimit: z.number() })).parse(stage['RouteSettings'])
    for (const route of ['POST /register', 'GET /token', 'POST /token', 'GET /auth', 'POST /session', 'GET /session'])
      for (const key of [route, `${route}/`]) expect(limited[key]?.ThrottlingRateLimit, key).toBeLessThan(500)
    const routes = new Map(
      ofType('AWS::ApiGatewayV2::Route').map(([name, { Properties }]) => [Properties['RouteKey'], name]),
    )
    expect(Resources['HttpApiStage']).toMatchObject({
      DependsOn: expect.arrayContaining(Object.keys(limited).map((key) => routes.get(key))),
    })
  })

  it('sends no traces by default, and reserves concurrency for those that call a provider', () => {
    const functions = new Map(ofType('AWS::Lambda::Function').map(([name, { Properties }]) => [name, Properties]))
    for (const [, own] of functions) expect(own).not.toHaveProperty('TracingConfig')
    for (const name of ['RetryJobs', 'ForwardMeasurements', 'CleanUpSubmissions'])
      expect(functions.get(`${name}LambdaFunction`)).toMatchObject({ ReservedConcurrentExecutions: 1, Timeout: 60 })
    for (const name of ['Start', 'OnboardingUrl', 'HelpLightningUserToken', 'CreateCall', 'AccessToken'])
      expect(functions.get(`${name}LambdaFunction`)).toHaveProperty('ReservedConcurrentExecutions', 20)
  })

  it('has alarms with a notification, and a runbook entry for each', () => {
    const named = [...alarms, ...optionalAlarms].map(([, { Properties }]) => alarmName(Properties))
    for (const [, { Properties }] of alarms) {
      const [topic] = z
        .array(z.object({ Ref: z.enum(['AlarmTopic', 'WarningTopic']) }))
        .parse(Properties['AlarmActions'])
      expect(Properties).toMatchObject({ AlarmActions: [topic], OKActions: [topic] })
    }
    const runbook = readFileSync('docs/operations/runbook.md', 'utf8')
    const sections = runbook.split(/^### /m).slice(1)
    const headings = sections.map((section) => section.split('\n')[0] ?? '')
    expect(
      headings.flatMap((heading) => heading.split(', ')).toSorted(),
      'docs/operations/runbook.md: each alarm of serverless.yml needs one heading “### <alarm>”, and no other has one',
    ).toEqual(named.toSorted())
    const parts = /\*\*Trigger:\*\* .*\*\*Impact:\*\* .*\*\*Causes:\*\* .*\*\*Next steps:\*\*\n\n1\. .*\n2\. .*\n3\. /s
    for (const [index, section] of sections.entries())
      expect(section, `docs/operations/runbook.md: ${headings[index]} needs the parts of this pattern`).toMatch(parts)
    expect(Resources['AlarmEmail']).toMatchObject({ Condition: 'HasAlarmEmail' })
    expect(ofType('AWS::CloudWatch::Dashboard')).toHaveLength(1)
  })

  it('sends warnings to a topic of their own, which has the address of alarms unless there is another', () => {
    const topicOf = (name: string) => Resources[`${name}Alarm`]?.Properties['AlarmActions']
    for (const name of ['ServerErrors', 'TokenErrors', 'MeasurementThrottled', 'DecryptionFailed'])
      expect(topicOf(name), name).toEqual([{ Ref: 'AlarmTopic' }])
    for (const name of ['ScheduleErrors', 'ScheduleThrottled', 'RetryJobsSilent', 'TooManyRequests', 'UploadWarnings'])
      expect(topicOf(name), name).toEqual([{ Ref: 'WarningTopic' }])
    expect(Resources['WarningEmail']).toMatchObject({
      Condition: 'HasWarningEmail',
      Properties: { TopicArn: { Ref: 'WarningTopic' }, Endpoint: { 'Fn::If': ['SeparatesWarnings', '', ''] } },
    })
  })

  it('has alarms on rates with a floor, of at most ten metrics each, and docs/operations/cost.md has their number', () => {
    const counts = alarms.map(([, { Properties }]) => metricsOf(Properties).length)
    expect(Math.max(...counts)).toBeLessThanOrEqual(10)
    expect(readFileSync('docs/operations/cost.md', 'utf8')).toContain(
      `| ${counts.reduce((sum, one) => sum + one)} metrics used by alarms`,
    )
    const rates = alarms.filter(([name]) => /^(?!Schedule).*(?:Errors|Throttled|Requests)Alarm$/.test(name))
    expect(rates.length).toBeGreaterThan(14)
    for (const [name, { Properties }] of rates) {
      if (name.startsWith('Table')) continue
      const { Expression } = z.object({ Expression: z.string() }).parse(metricList.parse(Properties['Metrics']).at(-1))
      expect(Expression, name).toMatch(/^IF\((.+) >= \d+, 100 \* \1 \/ SUM\(\[[m\d,]+\]\), 0\)$/)
    }
  })

  it('has no alarm for one run of a schedule that overlaps the next, or is skipped', () => {
    expect(Resources['ScheduleThrottledAlarm']?.Properties).toMatchObject({ Threshold: 3, EvaluationPeriods: 2 })
    expect(Resources['CleanUpSubmissionsSilentAlarm']?.Properties).toMatchObject({ EvaluationPeriods: 3, Period: 300 })
  })

  it('watches throttled reads and writes of every table and index', () => {
    const places = tables.flatMap(({ TableName, GlobalSecondaryIndexes = [] }) => [
      { TableName },
      ...GlobalSecondaryIndexes.map(({ IndexName }) => ({ TableName, GlobalSecondaryIndexName: IndexName })),
    ])
    for (const name of ['TableReadsThrottledAlarm', 'TableWritesThrottledAlarm']) {
      const watched = metricsOf(Resources[name]?.Properties ?? {}).map(({ Dimensions }) =>
        Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, Value])),
      )
      expect(new Set(watched.map((place) => JSON.stringify(place)))).toEqual(
        new Set(places.map((place) => JSON.stringify(place))),
      )
    }
  })

  it('measures responses with 429 in the access log, which has their routes', () => {
    const { Format } = z.object({ AccessLogSettings: z.object({ Format: z.string() }) }).parse(stage).AccessLogSettings
    expect(JSON.parse(Format)).toMatchObject({ status: '$context.status', routeKey: '$context.routeKey' })
    expect(Resources['TooManyRequestsFilter']?.Properties).toMatchObject({
      LogGroupName: { Ref: 'HttpApiLogGroup' },
      FilterPattern: '{ $.status = "429" }',
      MetricTransformations: [{ MetricNamespace: 'latchkey-local', MetricName: 'TooManyRequests' }],
    })
    expect(Resources['HttpApiLogGroup']).toBeDefined()
  })

  it('measures stored uploads in the access log, from every route that stores measurements', async () => {
    const { routes } = await readTemplate(inject('templateFile'))
    const keys = [...routes].filter(([, id]) => /^(?:Upload|InfluxWrite)LambdaFunction$/.test(id)).map(([key]) => key)
    expect(keys.toSorted()).toEqual(UPLOAD_ROUTES.flatMap((route) => [route, `${route}/`]).toSorted())
    expect(storedUploadsFilter('latchkey-local').Properties['FilterPattern']).toMatch(
      '{ ($.status = "2*") && (($.routeKey = "POST /upload") || ($.routeKey = "POST /upload/") || ',
    )
  })

  it('lets each route wait for the permission to call its function', () => {
    const integrations = ofType('AWS::ApiGatewayV2::Integration')
    expect(integrations.length).toBeGreaterThan(20)
    for (const [name, integration] of integrations) {
      const permission = `${name.replace('HttpApiIntegration', '')}LambdaPermissionHttpApi`
      expect(integration, name).toMatchObject({ DependsOn: [permission] })
      expect(Resources[permission]?.Type, name).toBe('AWS::Lambda::Permission')
    }
  })

  it('has the alarms that roll a deployment back, of which CloudFormation accepts five', () => {
    expect(alarms.map(([, { Properties }]) => alarmName(Properties))).toEqual(expect.arrayContaining(ROLLBACK_ALARMS))
    expect(ROLLBACK_ALARMS.length).toBeLessThanOrEqual(5)
  })

  it('assigns each function to one alarm group, with existing metrics', () => {
    const errors = alarms.filter(([name]) => name.endsWith('ErrorsAlarm'))
    const watched = errors.flatMap(([, { Properties }]) =>
      metricsOf(Properties).flatMap(({ MetricName, Dimensions }) => (MetricName === 'Errors' ? Dimensions : [])),
    )
    const functions = ofType('AWS::Lambda::Function').map(([, { Properties }]) => Properties['FunctionName'])
    expect(
      watched.map(({ Value }) => Value).toSorted(),
      'serverless.yml, functions: each needs an `alarmGroup`',
    ).toEqual(functions.toSorted())
    const own = alarms.filter(([, { Properties }]) => Properties['Namespace'] === 'latchkey-local')
    const alarmed = [...readFileSync('serverless.yml', 'utf8').matchAll(/\{ metric: (\w+),/g)].map(
      ([, metric]) => metric,
    )
    expect(own.map(([, { Properties }]) => Properties['MetricName']).toSorted()).toEqual(alarmed.toSorted())
    const source = readFileSync('lib/observability/metrics.ts', 'utf8')
    for (const [, { Properties }] of own) {
      const metric = `  ${Properties['MetricName']}: {`
      expect(source, 'lib/observability/metrics.ts, MetricDimensions: add the metric of the alarm').toContain(metric)
      expect(Properties['Dimensions']).toEqual([{ Name: 'service', Value: 'latchkey' }])
    }
  })

  it('serves every route at DOMAIN_NAME too, which PUBLIC_URL follows, but only if it is set', () => {
    const isSet = { Condition: 'HasDomainName' }
    const [[id = '', domain] = [], ...others] = ofType('AWS::ApiGatewayV2::DomainName')
    expect(others).toEqual([])
    expect(domain).toMatchObject({
      ...isSet,
      Properties: { DomainNameConfigurations: [{ EndpointType: 'REGIONAL', SecurityPolicy: 'TLS_1_2' }] },
    })
    // Without ApiMappingKey, the paths are those of the API.
    expect(ofType('AWS::ApiGatewayV2::ApiMapping').map(([, mapping]) => mapping)).toEqual([
      {
        ...isSet,
        Type: 'AWS::ApiGatewayV2::ApiMapping',
        Properties: { ApiId: { Ref: 'HttpApi' }, DomainName: { Ref: id }, Stage: { Ref: 'HttpApiStage' } },
      },
    ])
    expect(file.Outputs).toMatchObject({
      DomainTarget: { ...isSet, Value: { 'Fn::GetAtt': [id, 'RegionalDomainName'] } },
      DomainHostedZoneId: { ...isSet, Value: { 'Fn::GetAtt': [id, 'RegionalHostedZoneId'] } },
    })
    const variables = z.object({ Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }) })
    expect(variables.parse(Resources['TokenLambdaFunction']?.Properties).Environment.Variables['PUBLIC_URL']).toEqual({
      'Fn::If': [
        'HasDomainName',
        expect.stringMatching(/^https:\/\//),
        { 'Fn::Sub': expect.stringContaining('.execute-api.') },
      ],
    })
  })

  it('routes every path with and without a final slash, and all others to one function', async () => {
    const { routes } = await readTemplate(inject('templateFile'))
    const keys = [...routes.keys()].filter((key) => key !== '$default')
    const plain = keys.filter((key) => !key.endsWith('/'))
    expect(keys.filter((key) => key.endsWith('/') && !/^\w+ \/$/.test(key))).toEqual(plain.map((key) => `${key}/`))
    expect(routes.get('$default')).toBe('NotFoundLambdaFunction')
    for (const key of plain) expect(routes.get(`${key}/`)).toBe(routes.get(key))
  })
})
