import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { DescribeContinuousBackupsCommand, DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { IAMClient, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam'
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { TABLES } from '../../cli/support/stage.ts'
import type { Check } from './check.ts'

/** Logs arrive late, and a schedule runs every minute. */
const LOG_WAIT_MS = 60_000
const LOG_POLL_MS = 4_000
const MINUTE_MS = 60_000

/** The first messages of the last three minutes that match a pattern; waits for one. */
async function logMessages(logGroupName: string, filterPattern: string, waitMs: number): Promise<string[]> {
  const client = new CloudWatchLogsClient({})
  for (const end = Date.now() + waitMs; ; await sleep(LOG_POLL_MS)) {
    const startTime = Date.now() - 3 * MINUTE_MS
    const { events = [] } = await client.send(new FilterLogEventsCommand({ logGroupName, filterPattern, startTime }))
    if (events.length > 0 || Date.now() > end) return events.map(({ message = '' }) => message)
  }
}

const PROTECTION: Check = {
  title: 'data are protected',
  expected: 'deletion protection, encryption and point-in-time recovery for each table',
  places: ['aws'],
  async run({ stage }) {
    const client = new DynamoDBClient({})
    const faults = await Promise.all(
      TABLES.map(async (name) => {
        const TableName = `latchkey-${stage}-${name}`
        const { Table } = await client.send(new DescribeTableCommand({ TableName }))
        const backups = await client.send(new DescribeContinuousBackupsCommand({ TableName }))
        const { PointInTimeRecoveryDescription } = backups.ContinuousBackupsDescription ?? {}
        const isProtected =
          Table?.DeletionProtectionEnabled === true &&
          Table.SSEDescription?.Status === 'ENABLED' &&
          PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === 'ENABLED'
        return isProtected ? [] : [TableName]
      }),
    )
    assert.ok(faults.flat().length === 0, `not for ${faults.flat().join(', ')}`)
  },
}

const ROLE: Check = {
  title: 'a role allows only its actions and its kinds of items',
  expected: '`token` may put `jti#`, not `provider#`, and neither deletes nor scans',
  places: ['aws'],
  async run({ stage }) {
    const FunctionName = `latchkey-${stage}-token`
    const { Role } = await new LambdaClient({}).send(new GetFunctionConfigurationCommand({ FunctionName }))
    const { Table } = await new DynamoDBClient({}).send(
      new DescribeTableCommand({ TableName: `latchkey-${stage}-tokens` }),
    )
    const decisions = async (key: string) => {
      const context = { ContextKeyName: 'dynamodb:LeadingKeys', ContextKeyType: 'stringList' as const }
      const { EvaluationResults = [] } = await new IAMClient({}).send(
        new SimulatePrincipalPolicyCommand({
          PolicySourceArn: Role,
          ActionNames: ['dynamodb:PutItem', 'dynamodb:DeleteItem', 'dynamodb:Scan'],
          ResourceArns: [Table?.TableArn ?? ''],
          ContextEntries: [{ ...context, ContextKeyValues: [key] }],
        }),
      )
      return EvaluationResults.map(({ EvalDecision }) => EvalDecision)
    }
    const actual = [...(await decisions('jti#x')), ...(await decisions('provider#x'))].join(' ')
    assert.ok(actual === `allowed${' implicitDeny'.repeat(5)}`, actual)
  },
}

const SCHEDULE: Check = {
  title: 'schedules run',
  expected: 'a line in the log of `retryJobs` within a minute',
  places: ['aws'],
  async run({ stage }) {
    const lines = await logMessages(`/aws/lambda/latchkey-${stage}-retryJobs`, 'REPORT', LOG_WAIT_MS)
    assert.ok(lines.length > 0, 'no line')
  },
}

const ACCESS_LOG: Check = {
  title: 'the access log contains routes, and no query strings',
  expected: 'lines with `routeKey`, none with `client_id=` or `token=`',
  places: ['aws'],
  async run({ stage }) {
    const logGroup = `/aws/http-api/latchkey-${stage}`
    const routes = await logMessages(logGroup, '"GET /token"', LOG_WAIT_MS)
    const queries = await logMessages(logGroup, '?"client_id=" ?"token="', 0)
    assert.ok(routes.length > 0 && queries.length === 0, `${routes.length} and ${queries.length} lines`)
  },
}

/** Checks that read AWS itself. */
export const AWS_CHECKS: readonly Check[] = [PROTECTION, ROLE, SCHEDULE, ACCESS_LOG]
