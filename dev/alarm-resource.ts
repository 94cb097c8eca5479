/** `critical`: callers are affected now. `warning`: they may be, unless the cause is fixed. */
export type Severity = 'critical' | 'warning'

export type Properties = Record<string, unknown>
/** The properties of alarms by name. */
export type Alarms = Record<string, Properties>

/** A resource of a CloudFormation template. */
export interface Resource {
  Type: string
  Properties: Properties
  DependsOn?: string | string[]
  UpdatePolicy?: object
  DeletionPolicy?: string
}

/** By logical id. */
export type Resources = Record<string, Resource>

const TOPICS: Readonly<Record<Severity, string>> = { critical: 'AlarmTopic', warning: 'WarningTopic' }

/** Alarms as CloudFormation resources: `<name>Alarm` is the logical id. */
export const alarmResources = (prefix: string, alarms: Alarms, severity: Severity): Resources =>
  Object.fromEntries(
    Object.entries(alarms).map(([name, properties]) => [
      `${name}Alarm`,
      {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: { ...notified(prefix, name, severity), ...withDefaults(properties) },
      },
    ]),
  )

/** An alarm on one period, unless `properties` say otherwise. */
export const withDefaults = (properties: Properties) => ({
  EvaluationPeriods: 1,
  ComparisonOperator: 'GreaterThanThreshold',
  TreatMissingData: 'notBreaching',
  ...properties,
})

/** Points to a section of the runbook. */
export const describedBy = (section: string) => ({ AlarmDescription: `docs/operations/runbook.md, ${section}` })

/** The properties of an alarm that sends notifications. */
export const notified = (prefix: string, name: string, severity: Severity) => ({
  AlarmName: `${prefix}-${name}`,
  ...describedBy(name),
  AlarmActions: [{ Ref: TOPICS[severity] }],
  OKActions: [{ Ref: TOPICS[severity] }],
})
