/** How many runs of a property, of those that its author wants: a fifth, unless PROPERTY_RUNS says otherwise. */
const FACTOR = Number(process.env['PROPERTY_RUNS'] || 0.2)

/** Runs of a property (`numRuns`): `wanted` where the whole suite runs, fewer at a developer's desk. */
export const runs = (wanted: number): number => Math.max(1, Math.round(wanted * FACTOR))
