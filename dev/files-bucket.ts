import { HeadBucketCommand, NotFound, type S3Client } from '@aws-sdk/client-s3'
import type { DataTemplate, Resource } from './data-template.ts'

export const BUCKET = 'AWS::S3::Bucket'

/** S3's limit for the name of a bucket. */
const MAX_NAME = 63
const ACCOUNT_DIGITS = 12
const DAYS = { unfinishedTransfers: 7, measurements: 14, exports: 2 }

const prefixOf = (service: string, stage: string): string => `${service}-${stage}-files`.toLowerCase()

/** The name of a stage's bucket, as text for `Fn::Sub`. Names of buckets are unique in all accounts. */
export const bucketName = (service: string, stage: string): string =>
  `${prefixOf(service, stage)}-\${AWS::AccountId}-\${AWS::Region}`

/** The same name for an account. CloudFormation imports an existing bucket only by a name that is in the template. */
export const nameIn = (name: string, account: string, region: string): string =>
  name.replace(/\$\{AWS::AccountId\}/, account).replace(/\$\{AWS::Region\}/, region)

/** One sentence if a stage cannot have a bucket, because its name would be invalid. */
export function bucketIssues(service: string, stage: string, region: string): string[] {
  const longest = MAX_NAME - prefixOf(service, '').length - ACCOUNT_DIGITS - region.length - 2
  if (/^[a-z\d-]+$/i.test(stage) && stage.length <= longest) return []
  const rule = `have letters, digits and hyphens only, and at most ${longest} characters in ${region}`
  return [`The name of a stage must ${rule}: it is part of the name of a bucket in S3.`]
}

interface BucketOptions {
  name: string | object
  /** Origins whose pages may send parts. */
  origins: readonly string[]
}

/** Removes objects that no function has removed, as after a crash. Those of submissions belong to them, and never expire. */
const expiry = (folder: string, ExpirationInDays: number) => ({
  Id: folder,
  Status: 'Enabled',
  Prefix: `${folder}/`,
  ExpirationInDays,
})

/**
 * The bucket of large files and exports. It is private, and rejects requests without TLS. It remains when the stack is
 * deleted, without its policy, which a new stack could not create again.
 */
export const bucketResources = ({ name, origins }: BucketOptions): Record<string, Resource> => ({
  FilesBucket: {
    Type: BUCKET,
    DeletionPolicy: 'Retain',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      BucketName: name,
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
          {
            AllowedOrigins: origins,
            AllowedMethods: ['PUT'],
            AllowedHeaders: ['*'],
            ExposedHeaders: ['ETag'],
            MaxAge: 600,
          },
          // A page that the API has redirected here has the origin `null`. The signature of its URL is the proof.
          {
            AllowedOrigins: ['*'],
            AllowedMethods: ['GET', 'HEAD'],
            AllowedHeaders: ['*'],
            ExposedHeaders: ['Content-Disposition', 'Content-Range', 'ETag'],
            MaxAge: 600,
          },
        ],
      },
      LifecycleConfiguration: {
        Rules: [
          {
            Id: 'unfinished-transfers',
            Status: 'Enabled',
            AbortIncompleteMultipartUpload: { DaysAfterInitiation: DAYS.unfinishedTransfers },
          },
          expiry('measurements', DAYS.measurements),
          expiry('exports', DAYS.exports),
        ],
      },
    },
  },
  FilesBucketPolicy: {
    Type: 'AWS::S3::BucketPolicy',
    Properties: {
      Bucket: { Ref: 'FilesBucket' },
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Sid: 'TlsOnly',
            Effect: 'Deny',
            Principal: '*',
            Action: 's3:*',
            Resource: [
              { 'Fn::GetAtt': ['FilesBucket', 'Arn'] },
              { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['FilesBucket', 'Arn'] }, '/*']] },
            ],
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      },
    },
  },
})

/**
 * The buckets of a template that exist, with their names alone: the update after their import sets all properties. None if
 * the name is not a text.
 */
export async function existingBuckets(
  client: S3Client,
  { Resources }: DataTemplate,
): Promise<Record<string, Resource>> {
  const buckets = Object.entries(Resources).map(async ([id, resource]) => {
    const { BucketName } = resource.Properties
    if (resource.Type !== BUCKET || typeof BucketName !== 'string' || !(await exists(client, BucketName))) return []
    return [[id, { ...resource, Properties: { BucketName } }] as const]
  })
  return Object.fromEntries((await Promise.all(buckets)).flat())
}

async function exists(client: S3Client, Bucket: string): Promise<boolean> {
  try {
    await client.send(new HeadBucketCommand({ Bucket }))
    return true
  } catch (error) {
    if (error instanceof NotFound) return false
    throw error
  }
}
