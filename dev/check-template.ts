import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate'
import { packageTemplate } from './package-template.ts'

/** Warnings about resources that CloudFormation would reject. */
const FATAL_WARNINGS = new Set(['W3030'])

/**
 * Checks that CloudFormation accepts the template of serverless.yml, which `serverless package` does not check. The template
 * with SHIFT_TRAFFIC has more resources, and otherwise the same ones.
 */
const file = await packageTemplate('prod', { SHIFT_TRAFFIC: 'linear' })
const { diagnostics } = new RegoEngine().validateStandard(new TemplateFile(file))
const errors = diagnostics.filter(({ severity, ruleId }) => /FATAL|ERROR/.test(severity) || FATAL_WARNINGS.has(ruleId))
for (const { severity, ruleId, message } of errors) console.error(`${severity} ${ruleId}: ${message}`)
console.log(`template: ${errors.length} errors, ${diagnostics.length} diagnostics`)
// The engine keeps the process alive.
process.exit(errors.length > 0 ? 1 : 0)
