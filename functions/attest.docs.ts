import { notAttested } from '../lib/attestation/attest-device.ts'
import { platformUnknown } from '../lib/attestation/check-evidence.ts'
import {
  challengeInvalid,
  challengeUsed,
  deviceRevoked,
  evidenceInvalid,
} from '../lib/attestation/evidence-problems.ts'
import { clientUnknown } from '../lib/clients/active-client.ts'
import { settingsMissing } from '../lib/config/config-error.ts'
import { example, failure, type Operations } from '../lib/openapi/operation.ts'
import {
  APP_ASSERTION,
  APP_ATTESTATION,
  APP_KEY_ID,
  ATTESTATION_CHALLENGE,
  ATTESTED_ID,
  CLIENT_ATTESTATION,
  CLIENT_ID,
  DEVICE_ID,
  INSTANCE_KEY,
  INTEGRITY_TOKEN,
  UNKNOWN_ID,
} from '../lib/openapi/samples.ts'

const IOS = {
  client_id: ATTESTED_ID,
  platform: 'ios',
  challenge: ATTESTATION_CHALLENGE,
  jwk: INSTANCE_KEY,
  evidence: { key_id: APP_KEY_ID, attestation: APP_ATTESTATION },
}
const RENEWAL = { ...IOS, evidence: { key_id: APP_KEY_ID, assertion: APP_ASSERTION } }
const ANDROID = { ...IOS, platform: 'android', evidence: { integrity_token: INTEGRITY_TOKEN } }
const ATTESTED = { client_attestation: CLIENT_ATTESTATION, expires_in: 86_400, device_id: DEVICE_ID }
const OTHER_CHALLENGE = ATTESTATION_CHALLENGE.split('').toReversed().join('')

export const operations: Operations = {
  'POST /attest/challenge': {
    id: 'createChallenge',
    tag: 'Attestation',
    summary: 'Get a challenge for an app',
    description:
      'Returns a challenge that one request to `POST /attest` can use within five minutes. A proof of possession at `POST /token` can contain it too, if the clock of the phone is wrong. It is for one client; whether that exists is checked when the challenge is used.',
    security: [],
    needsNoTables: true,
    fields: { client_id: 'Id of the attested client.' },
    responses: {
      200: {
        description: 'The challenge.',
        fields: {
          attestation_challenge: 'The challenge, which is text.',
          expires_in: 'Seconds until it expires.',
        },
      },
    },
    errors: [{ sent: { body: {} } }],
    examples: {
      challenge: example(
        'A new challenge',
        { body: { client_id: ATTESTED_ID } },
        { attestation_challenge: ATTESTATION_CHALLENGE, expires_in: 300 },
      ),
    },
  },
  'POST /attest': {
    id: 'attest',
    tag: 'Attestation',
    summary: 'Attest an app on a device',
    description:
      'Verifies what App Attest or Play Integrity says of the app, and returns a client attestation for the key in `jwk`: a JWT of the type `oauth-client-attestation+jwt`, as in draft-ietf-oauth-attestation-based-client-auth. `POST /token` needs it, with a proof of possession by the key. The evidence is for SHA-256 of the text `<challenge>.<thumbprint>`, where the thumbprint is that of `jwk` (RFC 7638). An iPhone passes these 32 bytes as `clientDataHash`, an Android phone in base64url as `nonce`.',
    security: [],
    fields: {
      client_id: 'Id of the attested client.',
      platform: '`ios` or `android`.',
      challenge: 'A challenge of `POST /attest/challenge`, which was not used before.',
      jwk: 'Public half of a key on P-256 that the app has made. Its private half stays in the hardware of the device.',
      evidence:
        'For `ios`: `key_id`, and `attestation` of `attestKey` for a new key, or `assertion` of `generateAssertion` for a key that was attested before, in base64. For `android`: `integrity_token` of a classic request.',
    },
    responses: {
      200: {
        description: 'The app is genuine, and its device is known from now on.',
        fields: {
          client_attestation: 'The client attestation. Send it to `POST /token` in `OAuth-Client-Attestation`.',
          expires_in: 'Seconds until it expires.',
          device_id: 'Id of the device, by which an operator can revoke it.',
        },
      },
    },
    errors: [
      { sent: { body: { ...IOS, platform: 'other' } } },
      failure(platformUnknown(), { body: ANDROID }, 'A platform that the client does not have'),
      failure(challengeInvalid(), { body: { ...IOS, challenge: OTHER_CHALLENGE } }),
      failure(challengeUsed('ios'), { body: IOS }, 'The challenge was used before'),
      failure(evidenceInvalid('malformed', 'ios'), {
        body: { ...IOS, evidence: { key_id: APP_KEY_ID, attestation: 'AAAA' } },
      }),
      failure(notAttested(), { body: { ...IOS, client_id: CLIENT_ID } }),
      failure(deviceRevoked('ios'), { body: RENEWAL }),
      failure(clientUnknown(), { body: { ...IOS, client_id: UNKNOWN_ID } }),
      failure(settingsMissing('PLAY_INTEGRITY_KEYS'), { body: ANDROID }),
    ],
    examples: {
      ios: example('A new key of an iPhone', { body: IOS }, ATTESTED),
      renewal: example('The same iPhone, a day later', { body: RENEWAL }, ATTESTED),
      android: example('An Android phone', { body: ANDROID }, ATTESTED),
    },
  },
}
