import { authTokenIn } from '../access/client-token.ts'
import type { Proof } from '../access/proof.ts'
import type { Scope } from '../clients/scopes.ts'
import type { ClientCaller } from '../core/caller.ts'
import { parseForm } from './form.ts'

/** An auth token in the field `auth_token` of a form: the collector's way. */
export const formToken = (...scopes: Scope[]): Proof<ClientCaller> =>
  authTokenIn((request) => parseForm(request).authToken, 'in the field auth_token', scopes)
