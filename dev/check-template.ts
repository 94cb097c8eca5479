import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate'
import { packageTemplate } from './package-template.ts'

/** A resource that CloudFormation would refuse to make or to change, told by a mere warning. */
const AS_BAD = new Set(['W3030'])

/** Whether CloudFormation will take what serverless.yml makes: `serverless package` does not ask that. */
const { diagnostics } = new RegoEngine().validateStandard(new TemplateFile(await packageTemplate('prod')))
const faults = diagnostics.filter(({ severity, ruleId }) => /FATAL|ERROR/.test(severity) || AS_BAD.has(ruleId))
for (const { severity, ruleId, message } of faults) console.error(`${severity} ${ruleId}: ${message}`)
console.log(`template: ${faults.length === 0 ? 'no faults' : `${faults.length} faults`}, ${diagnostics.length} remarks`)
// What the engine is made of keeps the process alive.
process.exit(faults.length > 0 ? 1 : 0)
