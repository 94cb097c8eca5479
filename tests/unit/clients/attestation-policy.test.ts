import { describe, expect, it } from 'vitest'
import { attestationPolicy, checkPolicy } from '../../../lib/clients/attestation-policy.ts'

const IOS = { app_ids: ['ABCDE12345.com.example.app'] }
const ANDROID = { package: 'com.example.app', certificate_sha256: ['ab'.repeat(32)] }

describe('attestationPolicy', () => {
  const accepts = (policy: unknown) => attestationPolicy.safeParse(policy).success

  it('adds what a client accepts by default: no development, only genuine apps of the stores', () => {
    expect(attestationPolicy.parse({ mode: 'required', ios: IOS, android: ANDROID })).toEqual({
      mode: 'required',
      ios: { ...IOS, distribution: ['app_store', 'testflight'], development: false },
      android: { ...ANDROID, device: ['MEETS_DEVICE_INTEGRITY'], app: ['PLAY_RECOGNIZED'], development: false },
    })
  })

  it('reads digests as keytool prints them', () => {
    const certificate_sha256 = [Array.from({ length: 32 }, () => 'AB').join(':')]
    const { android } = attestationPolicy.parse({ mode: 'shadow', android: { ...ANDROID, certificate_sha256 } })
    expect(android?.certificate_sha256).toEqual(['ab'.repeat(32)])
  })

  it.each([
    { mode: 'required' },
    { ios: IOS },
    { mode: 'on', ios: IOS },
    { mode: 'required', ios: {} },
    { mode: 'required', ios: { app_ids: [] } },
    { mode: 'required', ios: { app_ids: ['com.example.app'] } },
    { mode: 'required', ios: { app_ids: Array.from({ length: 11 }, (_, at) => `ABCDE12345.app${at}`) } },
    { mode: 'required', ios: { ...IOS, distribution: ['sideload'] } },
    { mode: 'required', ios: { ...IOS, more: 1 } },
    { mode: 'required', android: { ...ANDROID, package: 'app' } },
    { mode: 'required', android: { ...ANDROID, certificate_sha256: [] } },
    { mode: 'required', android: { ...ANDROID, certificate_sha256: ['ab'] } },
    { mode: 'required', android: { ...ANDROID, app: [] } },
    { mode: 'required', android: { ...ANDROID, device: ['MEETS_NOTHING'] } },
    { mode: 'required', ios: IOS, web: {} },
  ])('rejects %j', (policy) => {
    expect(accepts(policy)).toBe(false)
  })
})

describe('checkPolicy', () => {
  it('requires a policy of attested clients, and of no others', () => {
    const policy = attestationPolicy.parse({ mode: 'required', ios: IOS })
    expect(() => checkPolicy('attested', policy)).not.toThrow()
    expect(() => checkPolicy('public', undefined)).not.toThrow()
    expect(() => checkPolicy('attested', undefined)).toThrow('attestation is missing')
    expect(() => checkPolicy('public', policy)).toThrow('must be omitted')
    expect(() => checkPolicy('confidential', policy)).toThrow('must be omitted')
  })
})
