import type { Proof } from '../access/caller.ts'
import { authTokenIn } from '../access/client-token.ts'
import type { Scope } from '../clients/scopes.ts'
import { parseForm } from './form.ts'

/** An auth token in the field `auth_token` of a form: the collector's way. */
export const formToken = (...scopes: Scope[]): Proof =>
  authTokenIn((request) => parseForm(request).authToken, 'in the field auth_token', scopes)
