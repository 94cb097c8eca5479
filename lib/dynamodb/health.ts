import { DescribeTableCommand } from '@aws-sdk/client-dynamodb'
import { getSettings } from '../config/settings.ts'
import { dynamodb } from './client.ts'

/** Short names, without stage and account, of the tables that do not respond or are not active. */
export async function unreachableTables(): Promise<string[]> {
  const tables = await getSettings(
    'CLIENTS_TABLE',
    'TOKENS_TABLE',
    'SESSIONS_TABLE',
    'MEASUREMENTS_TABLE',
    'SUBMISSIONS_TABLE',
  )
  const checks = Object.entries(tables).map(async ([setting, TableName]) => {
    const response = await dynamodb.send(new DescribeTableCommand({ TableName })).catch(() => undefined)
    return response?.Table?.TableStatus === 'ACTIVE' ? [] : [setting.replace('_TABLE', '').toLowerCase()]
  })
  return (await Promise.all(checks)).flat()
}
