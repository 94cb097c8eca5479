import { writeFile } from 'node:fs/promises'
import { CloudFormationClient, type CloudFormationClientConfig } from '@aws-sdk/client-cloudformation'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { S3Client } from '@aws-sdk/client-s3'
import { configuredEndpoint } from '../lib/config/aws-request.ts'
import { getSettings } from '../lib/config/settings.ts'
import { type Clients, deployDataStack } from './data-stack.ts'
import { DATA_TEMPLATE, type DataTemplate, dataTemplate, type Tables } from './data-template.ts'
import { bucketName, nameIn } from './files-bucket.ts'
import { ownsTables } from './move-tables.ts'
import { SetupError } from './setup-error.ts'

/** The part of the framework's service object that the data stack needs. */
export interface DataService {
  service: string
  custom: {
    tableDefinitions: Tables
    /** Whether the application's stack may release tables that it still contains. */
    moveTables: boolean
  }
  provider: {
    stage: string
    region: string
    httpApi: { cors: { allowedOrigins: string[] } }
    /** Of both stacks. */
    stackTags?: Record<string, string>
  }
}

interface Serverless {
  service: DataService
  classes: { Error: new (message: string) => Error }
  getProvider(name: 'aws'): {
    naming: { getStackName(): string }
    getAwsSdkV3Config(): Promise<CloudFormationClientConfig>
    getAccountId(): Promise<string>
  }
}

function bucketClient({ credentials, region, requestHandler }: CloudFormationClientConfig): S3Client {
  return new S3Client({
    ...(credentials && { credentials }),
    ...(region && { region }),
    ...(requestHandler && { requestHandler }),
    forcePathStyle: configuredEndpoint('S3') !== undefined,
  })
}

/** The steps that `serverless deploy` takes for the data stack. Their errors have the framework's class. */
export function dataDeployment(serverless: Serverless, log: (line: string) => void) {
  const applicationName = () => serverless.getProvider('aws').naming.getStackName()
  const name = () => `${applicationName()}-data`
  let isWaiting = false

  const bucket = () => bucketName(serverless.service.service, serverless.service.provider.stage)

  async function template(name: string | object): Promise<DataTemplate> {
    const options = await getSettings(
      'BACKUP_DAYS',
      'BACKUP_LOCK',
      'MAX_READ_UNITS',
      'MAX_WRITE_UNITS',
      'PERMISSIONS_BOUNDARY',
    )
    const { custom, provider } = serverless.service
    const origins = provider.httpApi.cors.allowedOrigins
    return dataTemplate(provider.stage, custom.tableDefinitions, { ...options, bucket: { name, origins } })
  }

  async function deploy(clients: Clients): Promise<void> {
    const { stackTags: tags = {}, region } = serverless.service.provider
    const account = await serverless.getProvider('aws').getAccountId()
    const data = await template(nameIn(bucket(), account, region))
    await deployDataStack(clients, { name: name(), template: data, tags }, { log })
  }

  /** The framework prints the stack trace of other errors. */
  async function withClients(run: (clients: Clients) => Promise<void>): Promise<void> {
    const config = await serverless.getProvider('aws').getAwsSdkV3Config()
    try {
      await run({
        cloudFormation: new CloudFormationClient(config),
        dynamodb: new DynamoDBClient(config),
        s3: bucketClient(config),
      })
    } catch (error) {
      throw error instanceof SetupError ? new serverless.classes.Error(error.message) : error
    }
  }

  return {
    /** Into the package, where it can be examined. */
    async writeTemplate(): Promise<void> {
      const data = await template({ 'Fn::Sub': bucket() })
      await writeFile(`.serverless/${DATA_TEMPLATE}`, JSON.stringify(data, null, 2))
    },
    /** Deploys the tables, unless the application's stack must release them first. */
    beforeApplication: () =>
      withClients(async (clients) => {
        const { moveTables } = serverless.service.custom
        isWaiting = await ownsTables(clients.cloudFormation, applicationName(), moveTables)
        if (!isWaiting) await deploy(clients)
      }),
    async afterApplication(): Promise<void> {
      if (isWaiting) await withClients(deploy)
    },
    afterRemoval: () => log(`The tables and the bucket remain in the stack ${name()}: see docs/operations/deploy.md.`),
  }
}
