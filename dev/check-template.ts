import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate'
import { dataTemplateFile, packageTemplate } from './package-template.ts'

/** Warnings about resources that CloudFormation would reject. */
const FATAL_WARNINGS = new Set(['W3030'])

/**
 * Checks that CloudFormation accepts the templates of both stacks, which `serverless package` does not check. The settings
 * add resources and properties to them, and otherwise change nothing.
 */
const application = await packageTemplate('prod', {
  SHIFT_TRAFFIC: 'linear',
  MAX_READ_UNITS: '2000',
  MAX_WRITE_UNITS: '1000',
  BACKUP_DAYS: '35',
  BACKUP_LOCK: 'true',
})
let failed = false
for (const file of [application, dataTemplateFile(application)]) {
  const { diagnostics } = new RegoEngine().validateStandard(new TemplateFile(file))
  const errors = diagnostics.filter(
    ({ severity, ruleId }) => /FATAL|ERROR/.test(severity) || FATAL_WARNINGS.has(ruleId),
  )
  for (const { severity, ruleId, message } of errors) console.error(`${severity} ${ruleId}: ${message}`)
  console.log(`${file.replace(/^.*\//, '')}: ${errors.length} errors, ${diagnostics.length} diagnostics`)
  failed ||= errors.length > 0
}
// The engine keeps the process alive.
process.exit(failed ? 1 : 0)
