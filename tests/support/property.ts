/** The fraction of property runs to execute; vitest.config.ts sets it. */
const FACTOR = Number(process.env['PROPERTY_RUNS'])

/** Runs of a property (`numRuns`): `wanted` in the full suite, fewer in other commands. */
export const runs = (wanted: number): number => Math.max(1, Math.round(wanted * FACTOR))
