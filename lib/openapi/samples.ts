/** Values that all examples share. */
export const CLIENT_ID = '9be17c4ad0f3415cb1a6d2c97e0f8842'
export const CONFIDENTIAL_ID = '5d0b6a1f42c94c0e8c7d3e9ab1f0772c'
export const CLIENT_SECRET = 'example-secret-of-a-confidential-client-4xQ'
export const SALT = 'fd7c2a61e0b94d3f8812c5a7'
export const KEY_ID = '4b1f0e6a92cd'
export const SHARE_ID = '3f9a0c51d7e2b846'
export const SHARE_TOKEN = `share_${SHARE_ID}_example-secret-of-a-share-of-43-characters-`
export const UNKNOWN_ID = '00000000000000000000000000000000'
export const AUTH_TOKEN =
  'eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJzY29wZSI6InVwbG9hZCBkb3dubG9hZCJ9.ZXhhbXBsZS1zaWduYXR1cmU'
export const PARTICIPANT = 'P007'
export const EXPIRY = '2026-05-03T13:30:00.000Z'
export const CALLBACK = 'https://app.example/'
export const CODE = 'Xq0wW9nY2mB5tR8kF1vJ4hL7sD3gZ6cP0aE9uN2xQyI'
/** Verifier and challenge of RFC 7636, appendix B. */
export const CODE_VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
export const CODE_CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
export const SUBMISSION_ID = '1f4e6d0c9b7a4832a5c0e1d2f3b4a596'
export const FILE_ID = 'c93f0a7d5be1428e96d4b1a0f7e2c358'
export const INTERVIEW_ID = '64d2c0f1a7b3e45f9c81d2aa'
export const SESSION_TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiQUNDRVNTIn0.ZXhhbXBsZS1zZXNzaW9u'
export const UNIQUE_ID = '7b0e9c55-0f3d-4b5e-9d2c-6a1f8e4c3b21'
export const USER_TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJVc2VyOjQxIn0.ZXhhbXBsZS11c2Vy'
export const PIN = '4071'
export const ANN = 'ann@corp.example'
export const BOB = 'bob@corp.example'
export const IDEMPOTENCY_KEY = '8e03978e-40d5-43e8-bc93-6894a57f9324'
/** The two parts of a submission. */
export const RESPONSES = '[{"@id":"uuid:1"}]'
export const FILE = 'Slept well.\n'
export const ETAG = '"dGhlLXZlcnNpb24teW91LWg"'
export const AUDIENCE = 'https://api.example.com'
export const ISSUER = 'https://latchkey.example'
/** A stored event, and one whose job is parked. */
export const EVENT_ID = 'helplightning:yV4BeIWBr6zfImAurPSEWIrCBOigbVaXaX_cntiGHPc'
export const PARKED_EVENT_ID = 'helplightning:3Zt0mCq8bXGZ1p0V7l1Qv8g0T5n2m4Yx9u6R1s3W7eA'
export const EVENT_BODY = '{"event":"call_ended"}'
export const ATTESTED_ID = '2c8e5f1b7a904d6cb3f0a1d2e4c6b897'
export const ATTESTATION_CHALLENGE = 'afJHsD4xYk8VqQm2Zr7cTnWl0GdEoRyUiPbX3sKhNvLj5tC9aF1wMzSeB6OgIpQuDkVxYA'
/** The key of RFC 7515, appendix A.3. */
export const INSTANCE_KEY = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
}
export const APP_KEY_ID = 'bSrEhF8TIzIvWSPwvZ0i2+UOBre4ASH84rK15m6emNY='
export const APP_ATTESTATION = 'o2NmbXRvYXBwbGUtYXBwYXR0ZXN0Z2F0dFN0bXSg'
export const APP_ASSERTION = 'omlzaWduYXR1cmVYRjBEAiBJ6BT/QR689UKy84Yy'
export const INTEGRITY_TOKEN = 'eyJhbGciOiJBMjU2S1ciLCJlbmMiOiJBMjU2R0NNIn0.a2V5.aXY.Y2lwaGVydGV4dA.dGFn'
export const CLIENT_ATTESTATION =
  'eyJhbGciOiJFUzI1NiIsInR5cCI6Im9hdXRoLWNsaWVudC1hdHRlc3RhdGlvbitqd3QifQ.eyJzdWIiOiIyYzhlNWYxYiJ9.ZXhhbXBsZQ'
export const ATTESTATION_PROOF =
  'eyJhbGciOiJFUzI1NiIsInR5cCI6Im9hdXRoLWNsaWVudC1hdHRlc3RhdGlvbi1wb3Arand0In0.eyJqdGkiOiJkMjVkMDBhYiJ9.ZXhhbXBsZQ'
export const DEVICE_ID = '7d1a0c94e2b35f68a1c0d9e8f7b6a594'
/** What the app of an attested client must prove. */
export const ATTESTATION_POLICY = {
  mode: 'required',
  ios: { app_ids: ['ABCDE12345.com.example.app'], distribution: ['app_store', 'testflight'], development: false },
  android: {
    package: 'com.example.app',
    certificate_sha256: ['5e8f16062ea3cd2c4a0d547876baa6f38cabf625b1fd0cb2b1a2f5a5b1d2c3e4'],
    device: ['MEETS_DEVICE_INTEGRITY'],
    app: ['PLAY_RECOGNIZED'],
    development: false,
  },
}
export const EXPORT_ID = '7c3e5a90b1d24f68a0c9e7d4b2f61835'
