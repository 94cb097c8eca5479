import { submittedForm } from '../submissions/form.ts'
import type { Proof } from './access.ts'
import { tokenIn } from './client-token.ts'
import type { Scope } from './scopes.ts'

/** An auth token in the field `auth_token` of a form: the collector's way. */
export const formToken = (...scopes: Scope[]): Proof =>
  tokenIn((request) => submittedForm(request).authToken, 'in the field auth_token', scopes)
