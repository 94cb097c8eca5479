import { httpApiReference } from './endpoints.ts'
import { errorReference } from './errors.ts'

/** Files that are generated from the code: the path, and a function that returns the contents. */
export const GENERATED: Readonly<Record<string, () => string>> = {
  'docs/reference/http-api.md': httpApiReference,
  'docs/reference/errors.md': errorReference,
}
