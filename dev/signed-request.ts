import type { IncomingMessage } from 'node:http'
import { Sha256 } from '@smithy/core/checksum'
import { SignatureV4 } from '@smithy/signature-v4'
import { matchesDigest, secretDigest } from '../lib/crypto/secrets.ts'

export interface Credentials {
  accessKeyId: string
  secretAccessKey: string
}

export const LOCAL_REGION = 'local'
const DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/
const BODY_DIGEST = 'x-amz-content-sha256'

/** Whether a request names the access key. This needs no body, so that other callers cannot make us store one. */
export const namesKey = ({ headers }: IncomingMessage, { accessKeyId }: Credentials): boolean =>
  matchesDigest(/Credential=([^/]+)/.exec(headers.authorization ?? '')?.[1] ?? '', secretDigest(accessKeyId))

/** Whether a request to DynamoDB has a valid AWS signature (version 4) of its body: signs it again, and compares. */
export async function isSigned(
  { method = '', url = '/', headers }: IncomingMessage,
  body: Buffer,
  credentials: Credentials,
): Promise<boolean> {
  const { authorization = '' } = headers
  const signedNames = /SignedHeaders=([\w;-]+)/.exec(authorization)?.[1]?.split(';') ?? []
  const signingDate = new Date(String(headers['x-amz-date']).replace(DATE, '$1-$2-$3T$4:$5:$6Z'))
  if (!signedNames.includes('host') || Number.isNaN(signingDate.getTime())) return false
  const signer = new SignatureV4({
    credentials,
    region: LOCAL_REGION,
    service: 'dynamodb',
    sha256: Sha256,
    // Of the body that has arrived.
    applyChecksum: signedNames.includes(BODY_DIGEST),
  })
  const others = signedNames.filter((name) => name !== BODY_DIGEST)
  const signed = await signer.sign(
    {
      method,
      protocol: 'http:',
      hostname: '127.0.0.1',
      path: url,
      headers: Object.fromEntries(others.map((name) => [name, String(headers[name])])),
      body,
    },
    { signingDate },
  )
  return matchesDigest(authorization, secretDigest(signed.headers['authorization'] ?? ''))
}
