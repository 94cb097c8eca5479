import { median } from './report.ts'

/**
 * Runs things of several kinds in turns, so that whatever else the machine does befalls all of them alike. Gives
 * milliseconds by kind, the median of each round; a first round warms the compiler up and does not count.
 */
export async function inTurns<Kind extends string>(
  kinds: readonly Kind[],
  rounds: number,
  runsARound: number,
  run: (kind: Kind) => Promise<unknown>,
): Promise<(kind: Kind) => number[]> {
  const medians = new Map<Kind, number[]>(kinds.map((kind) => [kind, []]))
  for (let round = -1; round < rounds; round += 1) {
    const times = new Map<Kind, number[]>(kinds.map((kind) => [kind, []]))
    for (let index = 0; index < runsARound; index += 1) {
      for (const kind of kinds) {
        const before = performance.now()
        await run(kind)
        times.get(kind)?.push(performance.now() - before)
      }
    }
    if (round >= 0) for (const kind of kinds) medians.get(kind)?.push(median(times.get(kind) ?? []))
  }
  return (kind) => medians.get(kind) ?? []
}

export const perSecond = (milliseconds: readonly number[]): number[] => milliseconds.map((each) => 1_000 / each)

/** Round by round, what one is in terms of the other. */
export const ratios = (these: readonly number[], those: readonly number[]): number[] =>
  these.map((each, round) => each / (those[round] ?? Number.NaN))
