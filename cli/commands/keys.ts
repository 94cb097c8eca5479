import type { Command } from 'commander'
import * as z from 'zod'
import { SIGNING_ALGORITHMS } from '../../lib/core/signing-algorithms.ts'
import { makeSigningKey } from '../../lib/crypto/deployment-secrets.ts'
import { noOptions, runCommand } from '../support/command.ts'
import { CommandError } from '../support/error-message.ts'
import { algorithmOption, keyStates, PUBLISHED_MINUTES, rotateKeySet } from '../support/key-set.ts'
import { keyStore } from '../support/key-store.ts'
import { table } from '../support/text.ts'

const MAX_PUBLISHED_MINUTES = 7 * 24 * 60
const MINUTES_MESSAGE = `must be a whole number of minutes from ${PUBLISHED_MINUTES} to ${MAX_PUBLISHED_MINUTES}`
const rotateOptions = z.object({
  alg: algorithmOption.optional(),
  after: z
    .string()
    .regex(/^\d{1,5}$/, MINUTES_MESSAGE)
    .transform(Number)
    .refine((minutes) => minutes >= PUBLISHED_MINUTES && minutes <= MAX_PUBLISHED_MINUTES, MINUTES_MESSAGE)
    .default(PUBLISHED_MINUTES),
  force: z.boolean().default(false),
})
const nowSeconds = (): number => Math.floor(Date.now() / 1000)
const isoTime = (seconds: number): string => new Date(seconds * 1000).toISOString()

export function addKeys(program: Command): void {
  const keys = program.command('keys').description('the keys that sign auth tokens')

  const list = keys
    .command('list')
    .description('show the keys: which one signs, which is next, which are still accepted')
  runCommand(list, ['keys list', 'keys list --stage prod'], noOptions, async (where) => {
    const states = keyStates(await keyStore(where).read(), nowSeconds())
    return {
      json: { keys: states },
      text: table(
        ['kid', 'alg', 'signs_from', 'state'],
        states.map((key) => ({ ...key, signs_from: key.signs_from === 0 ? null : isoTime(key.signs_from) })),
        'There are no keys.',
      ),
    }
  })

  const rotate = keys
    .command('rotate')
    .description(
      'add a new key, which is published at once and signs after 15 minutes; keys whose tokens have expired are removed. Issued tokens stay valid',
    )
    .option(
      '--alg <alg>',
      `algorithm of the new key: ${SIGNING_ALGORITHMS.join(', ')} (default: that of the newest key)`,
    )
    .option('--after <minutes>', 'sign later, for services that cache keys for long', String(PUBLISHED_MINUTES))
    .option('--force', 'also while another new key does not sign yet')
  runCommand(
    rotate,
    ['keys rotate', 'keys rotate --alg ES256 --stage prod'],
    rotateOptions,
    async (where, { alg, after, force }) => {
      const store = keyStore(where)
      const { added, removed } = await store.alone(async () => {
        const now = nowSeconds()
        const set = await store.read()
        const states = keyStates(set, now)
        const next = states.find(({ state }) => state === 'next')
        if (next && !force) {
          throw new CommandError(
            `A new key already exists and signs from ${isoTime(next.signs_from)}: --force adds another.`,
          )
        }
        const newest = algorithmOption.parse(states[0]?.alg)
        const added = { ...(await makeSigningKey(alg ?? newest)), signs_from: now + after * 60 }
        const changed = rotateKeySet(set, added, now)
        await store.write(changed)
        const remaining = changed.keys.map(({ kid }) => kid)
        return { added, removed: set.keys.map(({ kid }) => kid).filter((kid) => !remaining.includes(kid)) }
      })
      const signsFrom = isoTime(added.signs_from)
      const removedText =
        removed.length === 0 ? '' : ` Removed, because their tokens have expired: ${removed.join(', ')}.`
      return {
        json: { kid: added.kid, alg: added.alg, signs_from: added.signs_from, removed },
        text: `The new ${added.alg} key ${added.kid} is published and signs from ${signsFrom}.${removedText}`,
      }
    },
  )
}
