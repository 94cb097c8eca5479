/** Whether this is a quick run: `npm run bench -- quick` sets the variable for each part. */
export const isQuick = process.env['BENCH_QUICK'] === '1'

/** Rounds of a measurement. A quick run has a third of them. */
export const rounds = (count: number): number => (isQuick ? Math.ceil(count / 3) : count)
