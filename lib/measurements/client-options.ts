import { csvParameters } from './csv-options.ts'
import { parameterProblem } from './parameters.ts'
import { csvTypeOf } from './parse-body.ts'
import { type ClientUploadOptions, type UploadOptions, uploadOptions } from './upload-options.ts'

/**
 * The options of an upload: those of its query, and otherwise those of its client. A client's options of CSV apply to
 * CSV only. Throws `parameter_invalid` if this version does not accept the stored options.
 */
export function withClientOptions(
  query: UploadOptions,
  texts: ClientUploadOptions,
  contentType: string | undefined,
): UploadOptions {
  const { data, error } = uploadOptions.safeParse(texts)
  if (error) throw parameterProblem(`upload.${error.issues[0]?.path.join('.')}`, `${error.issues[0]?.message}`)
  const csvType = csvTypeOf(contentType)
  const isReplaced = (name: string): boolean =>
    (name in csvParameters && csvType === null) ||
    (name === 'delimiter' && csvType === 'tab') ||
    (name === 'columns' && query.header === 'present')
  const ofClient = Object.fromEntries(Object.entries(data).filter(([name]) => !isReplaced(name)))
  const ofQuery = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined))
  return { ...ofClient, ...ofQuery }
}
