import type { Resources } from '../../dev/alarm-resource.ts'

/** A template with a version of each function, as the framework makes them for `versionFunction`. */
export const withVersions = (resources: Resources): Resources => ({
  ...resources,
  ...Object.fromEntries(
    Object.entries(resources).flatMap(([id, { Type }]) =>
      Type === 'AWS::Lambda::Function'
        ? [[`${id}Version`, { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: id } } }] as const]
        : [],
    ),
  ),
})
