/**
 * What bundles have in place of parts of packages, under the same names (dev/bundle-packages.ts). Functions run none of
 * these parts, but each would slow down every start.
 */

/** The SDK's configuration files. A function has none: its configuration is in its environment. */
export const loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} })
export const CONFIG_PREFIX_SEPARATOR = '.'

/** The SDK creates one, but no command uses it: Latchkey does not discover endpoints of DynamoDB. */
export class EndpointCache {}

/** SHA-256 for a Node without `node:crypto`. */
export const Sha256Js = undefined

/** Of `node:fs`, for the length of a body that is a file. No body is. */
export class ReadStream {}
export const lstatSync = undefined
export const fstatSync = undefined

/** Of `node:process`. */
export const { env, versions } = process

/** Of `node:crypto`, for samples of the log, which Latchkey does not take. */
export const randomInt = (min: number, max: number): number =>
  process.getBuiltinModule('node:crypto').randomInt(min, max)
