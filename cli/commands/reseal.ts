import type { Command } from 'commander'
import { noOptions, runCommand } from '../support/command.ts'
import { withProgress } from '../support/progress.ts'
import { CACHED_MINUTES, sealKeyStore } from '../support/seal-key-store.ts'
import { useTables } from '../support/stage.ts'
import { table } from '../support/text.ts'

/** A value that changes during a pass is encrypted again in the next one. */
const MAX_PASSES = 5

export function addReseal(program: Command): void {
  const reseal = program
    .command('reseal')
    .description(
      'encrypt all values in the tables with the first of the seal keys. It can be repeated, also after an interruption',
    )
  runCommand(reseal, ['reseal', 'reseal --stage prod'], noOptions, async (where) => {
    await useTables(where, ['SEAL_KEY', 'SEAL_KEYS'])
    const { countItems, resealValues } = await import('../support/sealed-values.ts')
    const { sealKeys } = await import('../../lib/crypto/stored-secrets.ts')
    const { keyId } = await import('../../lib/crypto/encryption.ts')
    const { retryDuringOutages } = await import('../../lib/dynamodb/retry-during-outages.ts')
    retryDuringOutages()
    const task = { what: 'Encrypting', total: await countItems(), unit: 'items' }
    const passes: Awaited<ReturnType<typeof resealValues>>[] = []
    let last: Awaited<ReturnType<typeof resealValues>>
    do {
      last = await withProgress(task, resealValues)
      passes.push(last)
    } while (passes.length < MAX_PASSES && last.some(({ resealed, changed }) => resealed + changed > 0))
    const kinds = last.map((row) => ({
      ...row,
      resealed: passes.flat().reduce((sum, { kind, resealed }) => sum + (kind === row.kind ? resealed : 0), 0),
    }))
    const changed = kinds.reduce((sum, row) => sum + row.changed, 0)
    const [first, ...others] = (await sealKeys()).map(keyId)
    const { changedAt } = await sealKeyStore(where).read()
    return {
      json: { key_id: first, kinds },
      text: table(COLUMNS, kinds, 'There are no encrypted values.'),
      notes: nextSteps(others, changedAt + CACHED_MINUTES * 60_000),
      ...(changed > 0 && { fault: `${changed} values changed meanwhile: run reseal again.` }),
    }
  })
}

/** What to do with the other keys. Functions may encrypt with them until `settledAt` (UNIX milliseconds). */
const nextSteps = (ids: readonly (string | undefined)[], settledAt: number): string[] =>
  settledAt > Date.now()
    ? [`Note: functions may still use an earlier key: run reseal again after ${new Date(settledAt).toISOString()}.`]
    : ids.map((id) => `Note: the key ${id} may be removed now: seal-keys remove ${id}.`)

const COLUMNS = ['kind', 'values', 'resealed', 'changed', 'unreadable'] as const
