import * as z from 'zod'
import { jwkOf, keyIdOf, newPhone, proofOf } from '../../../dev/fakes/phone.ts'
import * as samples from '../../../lib/openapi/samples.ts'
import type { Latchkey } from '../latchkey.ts'
import {
  androidRequest,
  appleRequest,
  attestPhone,
  challengeFor,
  registerAttested,
  renewalRequest,
  requestAttestation,
} from './phones.ts'

const apple = z.object({ attestation: z.string().optional(), assertion: z.string().optional() })
const android = z.object({ integrity_token: z.string() })

/** Live values for the examples of attested apps: an iPhone that was attested before, or is new. */
export async function attestedApp(latchkey: Latchkey, summary: string): Promise<Record<string, string>> {
  const isOther = summary === 'A platform that the client does not have'
  const client_id = await registerAttested(latchkey, isOther ? { android: undefined } : {})
  const known = await attestPhone(latchkey, client_id)
  const isRenewal = ['The same iPhone, a day later', 'The device is revoked'].includes(summary)
  const phone = isRenewal ? known.phone : newPhone()
  const challenge = await challengeFor(latchkey, client_id)
  const attested = await appleRequest(phone, client_id, challenge)
  const renewed = await renewalRequest(phone, client_id, challenge)
  if (summary === 'The challenge was used before') await requestAttestation(latchkey, attested)
  if (summary === 'The device is revoked') {
    const { revokeDevice } = await import('../../../lib/attestation/store-devices-admin.ts')
    await revokeDevice(client_id, known.device_id, Date.now())
  }
  const { x = '', y = '' } = jwkOf(phone)
  const claims = summary === 'The clock of the phone is wrong' ? { iat: 0 } : {}
  return {
    [samples.ATTESTED_ID]: client_id,
    [samples.ATTESTATION_CHALLENGE]: challenge,
    [samples.INSTANCE_KEY.x]: x,
    [samples.INSTANCE_KEY.y]: y,
    [samples.APP_KEY_ID]: keyIdOf(phone),
    [samples.APP_ATTESTATION]: apple.parse(attested.evidence).attestation ?? '',
    [samples.APP_ASSERTION]: apple.parse(renewed.evidence).assertion ?? '',
    [samples.INTEGRITY_TOKEN]: android.parse((await androidRequest(phone, client_id, challenge)).evidence)
      .integrity_token,
    [samples.CLIENT_ATTESTATION]: known.client_attestation,
    [samples.ATTESTATION_PROOF]: await proofOf(known.phone, latchkey.url, claims),
  }
}
