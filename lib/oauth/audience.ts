import * as z from 'zod/mini'
import type { ClientRecord } from '../clients/store.ts'
import { getSettings } from '../config/settings.ts'
import { Problem } from '../core/problem.ts'

/** `resource` is the parameter of RFC 8707; many clients send `audience` instead. Each may appear several times. */
export const audienceParameters = {
  resource: z.optional(z.array(z.string())),
  audience: z.optional(z.array(z.string())),
}

export interface AudienceParameters {
  resource?: string[] | undefined
  audience?: string[] | undefined
}

/**
 * Returns the audiences that a client requests for a token, out of Latchkey, which is the default, and those that it
 * registered. Throws `target_invalid`.
 */
export async function resolveAudience(
  client: ClientRecord,
  { resource = [], audience = [] }: AudienceParameters,
): Promise<string[]> {
  const { PUBLIC_URL } = await getSettings('PUBLIC_URL')
  const requested = new Set([...resource, ...audience])
  if (requested.size === 0) return [PUBLIC_URL]
  const allowed = new Set([PUBLIC_URL, ...(client.audience ?? [])])
  if (!requested.isSubsetOf(allowed)) throw targetInvalid()
  return [...requested]
}

/** Returns the audiences that a client requests out of those of its code; without a request, all of them. */
export function narrowAudience(granted: string[], { resource = [], audience = [] }: AudienceParameters): string[] {
  const requested = new Set([...resource, ...audience])
  if (!requested.isSubsetOf(new Set(granted))) throw targetInvalid()
  return requested.size === 0 ? granted : [...requested]
}

export const targetInvalid = () =>
  new Problem(
    'target_invalid',
    'resource and audience must be among the audiences that the client was registered with.',
  )
