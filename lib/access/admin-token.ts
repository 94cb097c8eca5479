import { getSettings } from '../config/settings.ts'
import { type AdminCaller, SHARED_CLIENT } from '../core/caller.ts'
import { Problem } from '../core/problem.ts'
import { matchesDigest, secretDigest } from '../crypto/secrets.ts'
import { authorizationCredentials } from '../http/request.ts'
import { knownCaller, looksLikeJwt, type Proof } from './proof.ts'

/**
 * Authenticates the admin token (the collector's `token_id`) as a Bearer token; with `inQuery` also as the parameter
 * `token`, as the collector sends it. ADMIN_TOKEN is the token itself, or its digest as `sha256:<hex>`.
 */
export const adminToken = ({ inQuery }: { inQuery: boolean }): Proof<AdminCaller> => ({
  expectation: inQuery
    ? 'the admin token as Authorization: Bearer or as the parameter token'
    : 'the admin token as Authorization: Bearer',
  async check(request) {
    const bearer = authorizationCredentials(request, 'Bearer')
    const token = inQuery ? (bearer ?? request.query.get('token') ?? undefined) : bearer
    if (token === undefined || (!inQuery && looksLikeJwt(token))) return null
    const { ADMIN_TOKEN } = await getSettings('ADMIN_TOKEN')
    const digest = ADMIN_TOKEN.startsWith('sha256:') ? ADMIN_TOKEN : secretDigest(ADMIN_TOKEN)
    if (!matchesDigest(token, digest)) throw wrongAdminToken()
    return knownCaller({ kind: 'admin', clientId: SHARED_CLIENT })
  },
})

export const wrongAdminToken = () => new Problem('credentials_invalid', 'The admin token is wrong.')
