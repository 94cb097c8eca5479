import { expect, it } from 'vitest'
import { dataTemplate } from '../../../dev/data-template.ts'
import { bucketIssues, bucketName, existingBuckets, nameIn } from '../../../dev/files-bucket.ts'
import { fakeS3, missingBucket } from '../../support/aws-clients.ts'

const ACCOUNT = '123456789012'

it('the name of the bucket has the account and the region, and no capital letters', () => {
  const name = bucketName('latchkey', 'Prod')
  expect(name).toBe(`latchkey-prod-files-\${AWS::AccountId}-\${AWS::Region}`)
  expect(nameIn(name, ACCOUNT, 'eu-central-1')).toBe('latchkey-prod-files-123456789012-eu-central-1')
})

it.each(['eu-central-1', 'ap-southeast-1'])('the longest stage in %s fits into the name of a bucket', (region) => {
  const longest = Array.from({ length: 40 }, (_, index) => 's'.repeat(index + 1)).findLast(
    (stage) => bucketIssues('latchkey', stage, region).length === 0,
  )
  expect(nameIn(bucketName('latchkey', longest ?? ''), ACCOUNT, region)).toHaveLength(63)
})

it.each(['with_underscore', 'with.dot', 'a'.repeat(23)])('the stage %s is rejected, with the rule', (stage) => {
  expect(bucketIssues('latchkey', stage, 'eu-central-1')).toEqual([
    'The name of a stage must have letters, digits and hyphens only, and at most 22 characters in eu-central-1: it is part of the name of a bucket in S3.',
  ])
})

it('a bucket exists if AWS finds one of its name in this account', async () => {
  const template = (name: string | object) =>
    dataTemplate('prod', {}, { bucket: { name, origins: ['*'] }, BACKUP_LOCK: false })
  const found = fakeS3({})
  expect(Object.keys(await existingBuckets(found, template('files')))).toEqual(['FilesBucket'])
  expect(await existingBuckets(found, template({ 'Fn::Sub': 'files' }))).toEqual({})
  expect(await existingBuckets(fakeS3({ HeadBucket: missingBucket }), template('files'))).toEqual({})
  const denied = fakeS3({ HeadBucket: new Error('denied') })
  await expect(existingBuckets(denied, template('files'))).rejects.toThrow('denied')
})
