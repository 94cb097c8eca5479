import { X509Certificate } from 'node:crypto'
import { AsnConvert } from '@peculiar/asn1-schema'
import { Certificate } from '@peculiar/asn1-x509'
import type { Verdict } from './evidence-issue.ts'

/**
 * Checks that a certificate was issued by an intermediate, and this by one of the roots, and that all are valid at `now`.
 * Returns the first certificate. Names and key identifiers alone prove nothing: every signature is verified.
 */
export function verifyChain(
  [leafBytes, intermediateBytes]: readonly [Uint8Array, Uint8Array],
  roots: readonly X509Certificate[],
  now: number,
): Verdict<X509Certificate> {
  const leaf = parseCertificate(leafBytes)
  const intermediate = parseCertificate(intermediateBytes)
  if (!leaf || !intermediate) return { issue: 'malformed' }
  const root = roots.find((candidate) => isIssuedBy(intermediate, candidate))
  if (!root || !isIssuedBy(leaf, intermediate) || leaf.ca) return { issue: 'certificate_chain' }
  const areValid = [leaf, intermediate, root].every(
    ({ validFromDate, validToDate }) => validFromDate.getTime() <= now && now <= validToDate.getTime(),
  )
  return areValid ? { facts: leaf } : { issue: 'certificate_expired' }
}

const isIssuedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
  issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)

/** OpenSSL ignores bytes after a certificate. */
function parseCertificate(bytes: Uint8Array): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(bytes)
    return certificate.raw.equals(bytes) ? certificate : undefined
  } catch {
    return undefined
  }
}

/** The value of an extension (DER), by its object identifier. Node shows only standard extensions. */
export function findExtension({ raw }: X509Certificate, oid: string): Buffer | undefined {
  const { tbsCertificate } = AsnConvert.parse(raw, Certificate)
  const extension = tbsCertificate.extensions?.find(({ extnID }) => extnID === oid)
  return extension && Buffer.from(extension.extnValue.buffer)
}
