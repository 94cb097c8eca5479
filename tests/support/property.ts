/** The fraction of property runs to execute: a fifth by default, or PROPERTY_RUNS. */
const FACTOR = Number(process.env['PROPERTY_RUNS'] || 0.2)

/** Runs of a property (`numRuns`): `wanted` in the full suite, fewer on a developer's machine. */
export const runs = (wanted: number): number => Math.max(1, Math.round(wanted * FACTOR))
