import { DescribeTableCommand } from '@aws-sdk/client-dynamodb'
import { bucketName, nameIn } from '../../dev/files-bucket.ts'
import { localAwsSettings } from '../../dev/local-aws.ts'
import type { StageOptions } from './command.ts'
import { localRun, START_FIRST } from './stage.ts'

/**
 * Sets the environment so that modules in lib/files/, imported after this, use the bucket of a stage. Call it after
 * `useTables`: the account and the region are those of the tables, which exist without functions too.
 */
export async function useBucket({ stage }: StageOptions): Promise<void> {
  if (stage === 'local') {
    const run = await localRun()
    if (!run) throw START_FIRST
    Object.assign(process.env, localAwsSettings({ url: run.url, publicUrl: run.public_url }))
    return
  }
  const { dynamodb } = await import('../../lib/dynamodb/client.ts')
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: process.env['SESSIONS_TABLE'] }))
  const [, , , region = '', account = ''] = Table?.TableArn?.split(':') ?? []
  process.env['FILES_BUCKET'] = nameIn(bucketName('latchkey', stage), account, region)
}
