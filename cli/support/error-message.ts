import { CommanderError } from 'commander'
import { ConfigError } from '../../lib/config/config-error.ts'
import { Problem } from '../../lib/core/problem.ts'

export const NO_REGION = 'There is no AWS region: give --region, or set AWS_REGION.'

/** A command that cannot be done, told in one sentence: whoever typed it can mend it. */
export class CommandError extends Error {}

/** A failure of the file system told as one of this file; any other failure as it is. */
export function fileErrorMessage(file: string, error: unknown): unknown {
  if (!(error instanceof Error && 'syscall' in error && 'path' in error && 'code' in error)) return error
  return new CommandError(`${file} cannot be read or written (${String(error.code)}).`)
}

/** What is wrong with options, by their names; never a value. */
export const optionErrors = (faults: readonly { field?: string | undefined; detail: string }[]): string =>
  `${faults.map(({ field = 'options', detail }) => `--${kebab(field)} ${detail}`).join('; ')}.`

const kebab = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replaceAll('_', '-')

/**
 * A failure in one sentence. Words of others are repeated only where they are known to quote no value that was sent:
 * those of AWS about a parameter may hold the secret itself.
 */
export function errorSentence(error: unknown): string {
  if (error instanceof CommandError) return error.message
  if (error instanceof ConfigError) return `${error.message.replace(/\.$/, '')}: npm run latchkey -- setup makes them.`
  if (error instanceof CommanderError) return ofCommander(error)
  if (error instanceof Problem) {
    if (error.issues.length > 0) return optionErrors(error.issues)
    return error.cause instanceof Error ? ofAws(error.cause) : error.message
  }
  return ofAws(error)
}

function ofCommander({ code, message }: CommanderError): string {
  // Both quote what was typed, which may be a token.
  if (code === 'commander.excessArguments') return 'There are too many arguments: --help tells which there are.'
  if (code === 'commander.unknownCommand') return 'There is no such command: --help tells which there are.'
  const told =
    message
      .replace(/^error: /, '')
      .replace(/=[^']*'/, "'")
      .replace(/'--?[^']{25,}'/, 'of this length')
      .split('\n')[0] ?? ''
  return `${told.charAt(0).toUpperCase()}${told.slice(1).replace(/\.$/, '')}: --help tells what there is.`
}

const CREDENTIALS = [
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'UnrecognizedClientException',
]
const UNREACHABLE = ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH']

function ofAws(error: unknown): string {
  const name = error instanceof Error ? error.name : 'Error'
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') {
    return 'There are no AWS credentials: set AWS_PROFILE, or log in.'
  }
  if (CREDENTIALS.includes(name)) return `AWS does not accept the credentials (${name}): log in again.`
  if (/^AccessDenied/.test(name)) return `AWS does not allow this: ${refusedAction(error)}.`
  if (name === 'ResourceNotFoundException') return 'There are no tables of this stage in this region: deploy it first.'
  if (name === 'TimeoutError' || UNREACHABLE.includes(code)) return 'AWS does not answer: try again.'
  if (error instanceof Error && error.message === 'Region is missing') {
    return NO_REGION
  }
  return `This did not work (${code === '' ? name : code}).`
}

/** Of AWS's long sentence, what the caller lacks the right to. */
const refusedAction = (error: unknown): string =>
  /to perform: [\w:]+/.exec(error instanceof Error ? error.message : '')?.[0].replace('to perform: ', 'you lack ') ??
  'you lack the right'
