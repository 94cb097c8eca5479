import { createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto'
import { AsnConvert, OctetString } from '@peculiar/asn1-schema'
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  BasicConstraints,
  Certificate,
  Extension,
  Extensions,
  id_ce_basicConstraints,
  Name,
  RelativeDistinguishedName,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from '@peculiar/asn1-x509'

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2'
const COMMON_NAME = '2.5.4.3'

export interface Issuer {
  /** DER. */
  certificate: Buffer
  privateKey: KeyObject
}

export interface CertificateRequest {
  name: string
  publicKey: KeyObject
  isAuthority: boolean
  /** UNIX milliseconds. */
  validFrom: number
  validTo: number
  /** DER values by object identifier. */
  extensions?: Readonly<Record<string, Uint8Array>>
}

/** Issues a certificate (DER) that is signed by a P-256 or P-384 key. Without an issuer it signs itself. */
export function issueCertificate(request: CertificateRequest, privateKey: KeyObject, issuer?: Buffer): Buffer {
  const { name, publicKey, isAuthority, validFrom, validTo, extensions = {} } = request
  const signatureAlgorithm = new AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256 })
  const subject = commonName(name)
  const body = new TBSCertificate({
    version: Version.v3,
    serialNumber: positive(randomBytes(8)),
    signature: signatureAlgorithm,
    issuer: issuer ? AsnConvert.parse(issuer, Certificate).tbsCertificate.subject : subject,
    validity: new Validity({ notBefore: new Date(validFrom), notAfter: new Date(validTo) }),
    subject,
    subjectPublicKeyInfo: AsnConvert.parse(publicKey.export({ format: 'der', type: 'spki' }), SubjectPublicKeyInfo),
    extensions: new Extensions([
      makeExtension(id_ce_basicConstraints, AsnConvert.serialize(new BasicConstraints({ cA: isAuthority })), true),
      ...Object.entries(extensions).map(([oid, value]) => makeExtension(oid, Uint8Array.from(value).buffer, false)),
    ]),
  })
  const signatureValue = Uint8Array.from(sign('sha256', Buffer.from(AsnConvert.serialize(body)), privateKey)).buffer
  return Buffer.from(
    AsnConvert.serialize(new Certificate({ tbsCertificate: body, signatureAlgorithm, signatureValue })),
  )
}

/** Issues a certificate as `issuer`. */
export const issueAs = (issuer: Issuer, request: CertificateRequest): Buffer =>
  issueCertificate(request, issuer.privateKey, issuer.certificate)

/** An authority that signs itself. */
export function makeRoot(name: string, privateKey: KeyObject, validFrom: number, validTo: number): Issuer {
  const request = { name, publicKey: createPublicKey(privateKey), isAuthority: true, validFrom, validTo }
  return { privateKey, certificate: issueCertificate(request, privateKey) }
}

const makeExtension = (extnID: string, value: ArrayBuffer, critical: boolean): Extension =>
  new Extension({ extnID, critical, extnValue: new OctetString(value) })

const commonName = (name: string): Name =>
  new Name([
    new RelativeDistinguishedName([
      new AttributeTypeAndValue({ type: COMMON_NAME, value: new AttributeValue({ utf8String: name }) }),
    ]),
  ])

/** A serial number whose sign bit is not set. */
const positive = ([first = 0, ...rest]: Uint8Array): ArrayBuffer =>
  Uint8Array.from([(first & 0x7f) | 1, ...rest]).buffer
