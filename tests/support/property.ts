/** The share of a property's runs that this command does: see vitest.config.ts. */
const FACTOR = Number(process.env['PROPERTY_RUNS'])

/** Runs of a property (`numRuns`): `wanted` where the whole suite runs, fewer in other commands. */
export const runs = (wanted: number): number => Math.max(1, Math.round(wanted * FACTOR))
