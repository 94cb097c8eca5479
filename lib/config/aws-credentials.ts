/**
 * The AWS credentials of a function. Lambda writes those of its role into the environment, and starts a new container
 * rather than change them. Bundles have this in place of the SDK's providers (dev/bundle.ts), under the same name; the
 * command line uses the SDK's. Throws when a credential is missing.
 */
export const defaultProvider = () => async () => {
  const accessKeyId = process.env['AWS_ACCESS_KEY_ID']
  const secretAccessKey = process.env['AWS_SECRET_ACCESS_KEY']
  const sessionToken = process.env['AWS_SESSION_TOKEN']
  if (!accessKeyId || !secretAccessKey)
    throw new Error('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are missing in the environment.')
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }
}
