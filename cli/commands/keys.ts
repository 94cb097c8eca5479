import type { Command } from 'commander'
import * as z from 'zod'
import { makeSigningKey } from '../../lib/crypto/deployment-secrets.ts'
import { noOptions, runCommand, table } from '../support/command.ts'
import { CommandError } from '../support/error-message.ts'
import { keyStates, PUBLISHED_SECONDS, rotateKeySet } from '../support/key-set.ts'
import { keyStore } from '../support/key-store.ts'

const rotateOptions = z.object({ force: z.boolean().default(false) })
const nowSeconds = (): number => Math.floor(Date.now() / 1000)
const isoTime = (seconds: number): string => new Date(seconds * 1000).toISOString()

export function addKeys(program: Command): void {
  const keys = program.command('keys').description('the keys that sign auth tokens')

  const list = keys
    .command('list')
    .description('show the keys: which one signs, which is next, which are still accepted')
  runCommand(list, noOptions, async (where) => {
    const states = keyStates(await keyStore(where).read(), nowSeconds())
    return {
      json: { keys: states },
      text: table(
        ['kid', 'signs_from', 'state'],
        states.map((key) => ({ ...key, signs_from: key.signs_from === 0 ? null : isoTime(key.signs_from) })),
      ),
    }
  })

  const rotate = keys
    .command('rotate')
    .description(
      'add a new key, which is published at once and signs after 15 minutes; keys whose tokens have expired are removed. Issued tokens stay valid',
    )
    .option('--force', 'also while another new key does not sign yet')
  runCommand(rotate, rotateOptions, async (where, { force }) => {
    const store = keyStore(where)
    const { added, removed } = await store.alone(async () => {
      const now = nowSeconds()
      const set = await store.read()
      const next = keyStates(set, now).find(({ state }) => state === 'next')
      if (next && !force) {
        throw new CommandError(
          `A new key already exists and signs from ${isoTime(next.signs_from)}: --force adds another.`,
        )
      }
      const added = { ...(await makeSigningKey()), signs_from: now + PUBLISHED_SECONDS }
      const changed = rotateKeySet(set, added, now)
      await store.write(changed)
      const remaining = changed.keys.map(({ kid }) => kid)
      return { added, removed: set.keys.map(({ kid }) => kid).filter((kid) => !remaining.includes(kid)) }
    })
    const signsFrom = isoTime(added.signs_from)
    const removedText =
      removed.length === 0 ? '' : ` Removed, because their tokens have expired: ${removed.join(', ')}.`
    return {
      json: { kid: added.kid, signs_from: added.signs_from, removed },
      text: `The new key ${added.kid} is published and signs from ${signsFrom}.${removedText}`,
    }
  })
}
