import type { Writable } from 'node:stream'
import { styleText } from 'node:util'
import { CommanderError } from 'commander'
import { ConfigError } from '../../lib/config/config-error.ts'
import { Problem } from '../../lib/core/problem.ts'

export const NO_REGION = 'There is no AWS region: set --region or AWS_REGION.'

/** A failure that the operator can correct. Its message is printed. */
export class CommandError extends Error {}

/** Wrong arguments or options. The exit code is 2. */
export class UsageError extends CommandError {}

/** A failure for programs, as `--json` prints it on stderr. */
interface ErrorDescription {
  code: 'usage' | 'failed'
  message: string
}

export const describeError = (error: unknown): ErrorDescription => ({
  code: isUsageError(error) ? 'usage' : 'failed',
  message: errorSentence(error),
})

const isUsageError = (error: unknown): boolean =>
  error instanceof UsageError ||
  error instanceof CommanderError ||
  (error instanceof Problem && error.status === 400 && error.issues.length > 0)

export const formatError = (error: ErrorDescription, asJson: boolean, stream: Writable): string =>
  asJson ? JSON.stringify({ error }) : styleText('red', error.message, { stream })

const FILE_ERRORS = new Map<unknown, string>([
  ['ENOENT', 'the file or its folder does not exist'],
  ['EISDIR', 'it is a folder'],
  ['EACCES', 'you lack the permission'],
])

/** A file system error as an error about this file. Other errors are returned unchanged. */
export function fileErrorMessage(file: string, error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error && 'code' in error)) return error
  // Reading a folder fails without its path, other calls without a path are not about a file.
  if (!('path' in error) && error.code !== 'EISDIR') return error
  const reason = FILE_ERRORS.get(error.code) ?? String(error.code)
  return new CommandError(`${file} cannot be read or written: ${reason}.`)
}

/** One sentence about invalid options. It contains their names, and never a value. */
export const optionErrors = (issues: readonly { field?: string | undefined; detail: string }[]): string =>
  `${issues.map(({ field = 'options', detail }) => `--${toKebabCase(optionOf(field))} ${detail}`).join('; ')}.`

/** An option that may be repeated has the entries of a list: `callback_urls[0]`. */
const optionOf = (field: string): string => field.replace(/s(?:\[\d+\])?$/, (end) => (end.length > 1 ? '' : end))

const toKebabCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replaceAll('_', '-')

/**
 * A failure in one sentence. It quotes a message only if the message cannot contain a value that was sent: an AWS error
 * about a parameter may contain the secret.
 */
export function errorSentence(error: unknown): string {
  if (error instanceof CommandError) return error.message
  if (error instanceof ConfigError) return `${error.message.replace(/\.$/, '')}: npx latchkey setup creates them.`
  if (error instanceof CommanderError) return commanderMessage(error)
  if (error instanceof Problem) {
    if (error.issues.length > 0) return optionErrors(error.issues)
    return error.cause instanceof Error ? awsMessage(error.cause) : error.message
  }
  return awsMessage(error)
}

function commanderMessage({ code, message }: CommanderError): string {
  const suggestion = /\(Did you mean (.+)\?\)$/.exec(message)?.[1]
  const help = suggestion === undefined ? '' : ` Did you mean ${suggestion}?`
  // Both messages quote the input, which may be a token. A suggestion is a name of ours.
  if (code === 'commander.excessArguments') return 'There are too many arguments: --help lists them.'
  if (code === 'commander.unknownCommand') return `There is no such command: --help lists all commands.${help}`
  const sentence =
    message
      .replace(/^error: /, '')
      .replace(/=[^']*'/, "'")
      .replace(/'--?[^']{25,}'/, 'of this length')
      .split('\n')[0] ?? ''
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1).replace(/\.$/, '')}: --help lists the options.${help}`
}

const CREDENTIALS = [
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'UnrecognizedClientException',
]
const UNREACHABLE = ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH']

function awsMessage(error: unknown): string {
  const name = error instanceof Error ? error.name : 'Error'
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') {
    return 'There are no AWS credentials: set AWS_PROFILE, or log in.'
  }
  if (CREDENTIALS.includes(name)) return `AWS does not accept the credentials (${name}): log in again.`
  if (/^AccessDenied/.test(name)) return `AWS does not allow this: ${missingPermission(error)}.`
  if (name === 'ResourceNotFoundException') return 'There are no tables of this stage in this region: deploy it first.'
  if (name === 'TimeoutError' || UNREACHABLE.includes(code)) return 'AWS does not respond: try again.'
  if (error instanceof Error && error.message === 'Region is missing') {
    return NO_REGION
  }
  return `The command failed (${code === '' ? name : code}).`
}

/** The permission that AWS's error names. */
const missingPermission = (error: unknown): string =>
  /to perform: [\w:]+/.exec(error instanceof Error ? error.message : '')?.[0].replace('to perform: ', 'you lack ') ??
  'you lack the permission'
