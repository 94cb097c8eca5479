import { authTokenIn } from '../access/client-token.ts'
import type { Proof } from '../access/proof.ts'
import type { Scope } from '../clients/scopes.ts'
import type { ClientCaller } from '../core/caller.ts'
import { parseForm } from './form.ts'

/** Proof by an auth token in the form field `auth_token`, as in the original collector. */
export const formToken = (...scopes: Scope[]): Proof<ClientCaller> =>
  authTokenIn((request) => parseForm(request).authToken, 'in the field auth_token', scopes)
