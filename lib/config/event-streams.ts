/**
 * In place of the SDK's event streams, under the same names (dev/bundle.ts): Latchkey calls no operation that has one.
 * The clients of S3 need these names to load. A function has no `node_modules` from which it could load the package.
 */
export const eventStreamSerdeProvider = () => ({})

export const resolveEventStreamSerdeConfig = <Config extends object>(config: Config): Config => config

/** Throws. The SDK loads it for an operation with an event stream. */
export function EventStreamSerde(): never {
  throw new Error('The bundles contain no event streams of the SDK: see dev/bundle.ts.')
}
