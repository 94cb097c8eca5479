import { median } from './report.ts'

/** Calls whose CPU time is measured together: the clock may step by 4 ms, as much as two small calls need. */
const CALLS_TOGETHER = 50

/**
 * Runs several kinds in turns, so that other work of the machine affects all of them. Returns the median milliseconds of
 * each round by kind. An extra first round warms up the compiler.
 */
export async function runInTurns<Kind extends string>(
  kinds: readonly Kind[],
  rounds: number,
  runsPerRound: number,
  run: (kind: Kind) => Promise<unknown>,
): Promise<(kind: Kind) => number[]> {
  const medians = new Map<Kind, number[]>(kinds.map((kind) => [kind, []]))
  for (let round = -1; round < rounds; round += 1) {
    const times = new Map<Kind, number[]>(kinds.map((kind) => [kind, []]))
    for (let index = 0; index < runsPerRound; index += 1) {
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

/**
 * As `runInTurns`, but returns this thread's CPU milliseconds of a call. `prepare` returns the next call, and is not
 * measured itself. Two extra rounds warm up the compiler.
 */
export async function cpuInTurns<Kind extends string>(
  kinds: readonly Kind[],
  rounds: number,
  prepare: (kind: Kind) => Promise<() => unknown>,
  calls = CALLS_TOGETHER,
): Promise<(kind: Kind) => number[]> {
  const times = new Map<Kind, number[]>(kinds.map((kind) => [kind, []]))
  for (let round = -2; round < rounds; round += 1) {
    for (const kind of kinds) {
      const prepared: (() => unknown)[] = []
      while (prepared.length < calls) prepared.push(await prepare(kind))
      const before = process.threadCpuUsage()
      for (const call of prepared) await call()
      const { user, system } = process.threadCpuUsage(before)
      if (round >= 0) times.get(kind)?.push((user + system) / 1_000 / calls)
    }
  }
  return (kind) => times.get(kind) ?? []
}

export const perSecond = (milliseconds: readonly number[]): number[] => milliseconds.map((ms) => 1_000 / ms)

/** Ratio of two measurements in each round. */
export const ratios = (numerators: readonly number[], denominators: readonly number[]): number[] =>
  numerators.map((value, round) => value / (denominators[round] ?? Number.NaN))
