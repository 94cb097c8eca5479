/**
 * The AWS credentials of a function: Lambda writes those of its role into the environment, and begins a container anew
 * rather than change them. The bundles have this in place of the SDK's own providers (dev/bundle.ts), by its name there;
 * the command line, which people run, asks those.
 */
export const defaultProvider = () => async () => {
  const accessKeyId = process.env['AWS_ACCESS_KEY_ID']
  const secretAccessKey = process.env['AWS_SECRET_ACCESS_KEY']
  const sessionToken = process.env['AWS_SESSION_TOKEN']
  if (!accessKeyId || !secretAccessKey)
    throw new Error('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are missing in the environment.')
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }
}
