import type { Command } from 'commander'
import * as z from 'zod'
import type { ClientUploadOptions } from '../../lib/measurements/upload-options.ts'

/** The pairs of the repeatable option `--upload`, and false for `--no-upload`. */
export const uploadPairs = z
  .union([
    z.literal(false),
    z.array(z.string().regex(/^[a-z_]+=/, 'must be name=value, such as tz=Europe/Berlin: repeat it for each option')),
  ])
  .optional()

/** Adds the repeatable option `--upload`. */
export const addUploadOption = (command: Command, description: string): Command =>
  command.option('--upload <name=value>', description, (pair: string, pairs: readonly string[] = []) => [
    ...pairs,
    pair,
  ])

/** Validates the pairs by the rules of POST /register. Returns undefined without any. */
export async function parseUploadPairs(
  pairs: readonly string[] | false | undefined,
): Promise<ClientUploadOptions | undefined> {
  if (!pairs) return undefined
  const { clientUploadOptions } = await import('../../lib/measurements/upload-options.ts')
  const { parseOrThrow } = await import('../../lib/http/input.ts')
  const texts = pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)])
  return parseOrThrow(z.object({ upload: clientUploadOptions }), { upload: Object.fromEntries(texts) }).upload
}

/** The options as they are written for `--upload`; null without any. */
export const formatUploadOptions = (options: ClientUploadOptions | null | undefined): string | null =>
  options
    ? Object.entries(options)
        .map(([name, value]) => `${name}=${value}`)
        .join(' ')
    : null
