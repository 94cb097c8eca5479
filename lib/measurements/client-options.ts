import { csvTypeOf } from './content-type.ts'
import { csvParameters } from './csv-options.ts'
import { parameterProblem } from './parameters.ts'
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
  const ofClient = Object.fromEntries(Object.entries(data).filter(([name]) => !isReplaced(name, query, contentType)))
  const ofQuery = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined))
  return { ...ofClient, ...ofQuery }
}

/** As `withClientOptions`, of options as texts. */
export function mergeOptionTexts(
  own: ClientUploadOptions,
  texts: ClientUploadOptions,
  contentType: string,
): ClientUploadOptions {
  withClientOptions({}, texts, contentType)
  const ofClient = Object.entries(texts).filter(([name]) => !isReplaced(name, own, contentType))
  return { ...Object.fromEntries(ofClient), ...own }
}

/** Whether an option of a client does not apply to an upload with these options and this type. */
function isReplaced(name: string, own: { header?: unknown }, contentType: string | undefined): boolean {
  const csvType = csvTypeOf(contentType)
  return (
    (name in csvParameters && csvType === null) ||
    (name === 'delimiter' && csvType === 'tab') ||
    (name === 'columns' && own.header === 'present')
  )
}
