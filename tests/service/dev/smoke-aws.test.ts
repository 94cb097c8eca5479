// @module-tag local-only
// The test has an AWS of its own.
import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { listenLocally } from '../../../dev/free-port.ts'
import { AWS_CHECKS } from '../../../dev/smoke/aws-checks.ts'
import { findTarget } from '../../../dev/smoke/target.ts'
import { closed } from '../../support/server.ts'

/** What the fake AWS responds; the defaults are those of a stage as it is deployed. */
const healthy = {
  isProtected: true,
  decisions: { 'jti#x': ['allowed', 'implicitDeny', 'implicitDeny'], 'provider#x': Array(3).fill('implicitDeny') },
  queries: 0,
}
let aws: typeof healthy

const decision = (text: string) => `<member><EvalDecision>${text}</EvalDecision></member>`

function respond({ headers }: IncomingMessage, body: string): object | string {
  const target = String(headers['x-amz-target'] ?? '').replace(/^.*\./, '')
  if (target === 'DescribeTable')
    return {
      Table: {
        TableArn: 'arn:aws:dynamodb:eu-central-1:1:table/x',
        DeletionProtectionEnabled: aws.isProtected,
        SSEDescription: { Status: 'ENABLED' },
      },
    }
  if (target === 'DescribeContinuousBackups')
    return {
      ContinuousBackupsDescription: { PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED' } },
    }
  if (target === 'FilterLogEvents') {
    const lines = body.includes('client_id=') ? aws.queries : 1
    return { events: Array.from({ length: lines }, () => ({ message: 'line' })) }
  }
  const query = new URLSearchParams(body)
  const key = query.get('ContextEntries.member.1.ContextKeyValues.member.1')
  if (query.get('Action') === 'SimulatePrincipalPolicy') {
    const results = key === 'jti#x' || key === 'provider#x' ? aws.decisions[key].map(decision).join('') : ''
    const result = `<SimulatePrincipalPolicyResult><EvaluationResults>${results}</EvaluationResults></SimulatePrincipalPolicyResult>`
    return `<SimulatePrincipalPolicyResponse>${result}</SimulatePrincipalPolicyResponse>`
  }
  if (query.get('Action') === 'DescribeStacks') {
    const output = `<member><OutputKey>HttpApiUrl</OutputKey><OutputValue>https://abc123.execute-api.example.org</OutputValue></member>`
    const stack = `<member><StackName>x</StackName><Outputs>${output}</Outputs></member>`
    return `<DescribeStacksResponse><DescribeStacksResult><Stacks>${stack}</Stacks></DescribeStacksResult></DescribeStacksResponse>`
  }
  return { Role: 'arn:aws:iam::1:role/latchkey-prod-TokenRole' }
}

const server = createServer(async (request, response) => {
  const answer = respond(request, await text(request))
  response.end(typeof answer === 'string' ? answer : JSON.stringify(answer))
})
let url: string
beforeEach(async () => {
  aws = structuredClone(healthy)
  url = await listenLocally(server)
  for (const name of ['', '_DYNAMODB']) vi.stubEnv(`AWS_ENDPOINT_URL${name}`, url)
  vi.stubEnv('AWS_REGION', 'eu-central-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
  vi.stubEnv('ADMIN_TOKEN', 'admin')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await closed(server)
})

/** The titles of the checks that fail, with what they observed. */
async function failures(): Promise<string[]> {
  const target = await findTarget({ stage: 'prod', column: 'co2' })
  const results = AWS_CHECKS.map(({ title, run }) =>
    run(target, {}).then(
      () => [],
      (error: Error) => [`${title}: ${error.message}`],
    ),
  )
  return (await Promise.all(results)).flat()
}

it('the checks of AWS itself pass on a stage as it is deployed', async () => {
  expect(await failures()).toEqual([])
})

it('name what differs', async () => {
  aws.isProtected = false
  aws.decisions['provider#x'] = ['allowed', 'implicitDeny', 'implicitDeny']
  aws.queries = 2
  const tables = ['clients', 'tokens', 'sessions', 'measurements', 'submissions'].map((name) => `latchkey-prod-${name}`)
  expect(await failures()).toEqual([
    `data are protected: not for ${tables.join(', ')}`,
    'a role allows only its actions and its kinds of items: allowed implicitDeny implicitDeny allowed implicitDeny implicitDeny',
    'the access log contains routes, and no query strings: 1 and 2 lines',
  ])
})

it('finds the address of a stage in its stack, and an allowed origin', async () => {
  vi.stubEnv('CORS_ORIGINS', 'https://one.example, https://two.example')
  expect(await findTarget({ stage: 'prod', column: 'co2' })).toMatchObject({
    place: 'emulator',
    url: `${url}/_aws/execute-api/abc123`,
    adminToken: 'admin',
    origin: 'https://one.example',
  })
  vi.stubEnv('CORS_ORIGINS', '')
  expect(await findTarget({ stage: 'prod', url: 'https://api.example/', column: 'co2' })).toMatchObject({
    url: 'https://api.example',
    origin: 'https://app.example',
  })
})

it('needs the admin token, a region, and a running npm start for the local run', async () => {
  vi.stubEnv('AWS_REGION', '')
  await expect(findTarget({ stage: 'prod', column: 'co2' })).rejects.toThrow('Set AWS_REGION')
  vi.stubEnv('LATCHKEY_FOLDER', '/nonexistent')
  await expect(findTarget({ stage: 'local', column: 'co2' })).rejects.toThrow('Start Latchkey with npm start')
  vi.stubEnv('ADMIN_TOKEN', '')
  for (const stage of ['prod', 'local'])
    await expect(findTarget({ stage, column: 'co2' })).rejects.toThrow('Set ADMIN_TOKEN')
})
