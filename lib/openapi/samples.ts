/** What the examples name, the same in all of them. */
export const CLIENT_ID = '9be17c4ad0f3415cb1a6d2c97e0f8842'
export const CONFIDENTIAL_ID = '5d0b6a1f42c94c0e8c7d3e9ab1f0772c'
export const CLIENT_SECRET = 'example-secret-of-a-confidential-client-4xQ'
export const UNKNOWN_ID = '00000000000000000000000000000000'
export const AUTH_TOKEN =
  'eyJhbGciOiJFZERTQSIsInR5cCI6ImF0K2p3dCJ9.eyJzY29wZSI6InVwbG9hZCBkb3dubG9hZCJ9.ZXhhbXBsZS1zaWduYXR1cmU'
export const PARTICIPANT = 'P007'
export const EXPIRY = '2026-05-03T13:30:00.000Z'
export const CALLBACK = 'https://app.example/'
export const SUBMISSION_ID = '1f4e6d0c9b7a4832a5c0e1d2f3b4a596'
export const INTERVIEW_ID = '64d2c0f1a7b3e45f9c81d2aa'
export const SESSION_TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiQUNDRVNTIn0.ZXhhbXBsZS1zZXNzaW9u'
export const UNIQUE_ID = '7b0e9c55-0f3d-4b5e-9d2c-6a1f8e4c3b21'
export const USER_TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJVc2VyOjQxIn0.ZXhhbXBsZS11c2Vy'
export const PIN = '4071'
export const ANN = 'ann@corp.example'
export const BOB = 'bob@corp.example'
/** A document of answers, and a file. */
export const RESPONSES = '[{"@id":"uuid:1"}]'
export const FILE = 'Slept well.\n'
/** Of whatever page it is about. */
export const ETAG = '"dGhlLXZlcnNpb24teW91LWg"'
export const ISSUER = 'https://latchkey.example'
