import * as z from 'zod/mini'
import { allowAnyone } from '../lib/access/proof.ts'
import { attestDevice } from '../lib/attestation/attest-device.ts'
import { attestRequest, attestResponse } from '../lib/attestation/attest-request.ts'
import { CHALLENGE_SECONDS, createChallenge } from '../lib/attestation/challenge.ts'
import { countRejectedEvidence } from '../lib/attestation/evidence-problems.ts'
import { clientIdSchema } from '../lib/core/identifiers.ts'
import { endpointByRoute } from '../lib/http/by-method.ts'
import { endpoint } from '../lib/http/endpoint.ts'
import { fromJson } from '../lib/http/input.ts'
import { json } from '../lib/http/response.ts'

/**
 * POST /attest/challenge: client_id -> {attestation_challenge, expires_in}. It reads and writes no table: whether the
 * client exists is checked when the challenge is used.
 */
const challengeEndpoint = endpoint(
  {
    access: allowAnyone,
    input: fromJson(z.strictObject({ client_id: clientIdSchema })),
    responses: { 200: z.object({ attestation_challenge: z.string(), expires_in: z.int() }) },
  },
  async ({ request, input }) =>
    json(200, {
      attestation_challenge: await createChallenge(input.client_id, request.receivedAt),
      expires_in: CHALLENGE_SECONDS,
    }),
)

/**
 * POST /attest: evidence that a genuine app runs on a genuine device, and its public key -> {client_attestation,
 * expires_in, device_id}. POST /token accepts the client attestation with a proof by the key.
 */
const attestEndpoint = endpoint(
  {
    access: allowAnyone,
    input: fromJson(attestRequest),
    responses: { 200: attestResponse },
    onClientError: countRejectedEvidence,
  },
  async ({ request, input }) => json(200, await attestDevice(input, request)),
)

export const handler = endpointByRoute({ 'POST /attest/challenge': challengeEndpoint, 'POST /attest': attestEndpoint })
