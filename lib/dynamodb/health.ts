import { DescribeTableCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../config/settings.ts'
import { dynamodb } from './client.ts'

/** Names of the tables that do not answer or are not active, without stage or account in them. */
export async function unreachableTables(): Promise<string[]> {
  const tables = await getSettings(
    'CLIENTS_TABLE',
    'TOKENS_TABLE',
    'SESSIONS_TABLE',
    'MEASUREMENTS_TABLE',
    'SUBMISSIONS_TABLE',
  )
  const checks = Object.entries(tables).map(async ([setting, TableName]) => {
    const answer = await dynamodb.send(new DescribeTableCommand({ TableName })).catch(() => undefined)
    return answer?.Table?.TableStatus === 'ACTIVE' ? [] : [setting.replace('_TABLE', '').toLowerCase()]
  })
  return (await Promise.all(checks)).flat()
}
