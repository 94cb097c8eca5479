import type { TestProject } from 'vitest/node'
import { writeAssets } from '../../dev/assets.ts'
import { makePartnerKey } from '../../dev/fakes/helplightning.ts'
import { packageTemplate } from '../../dev/package-template.ts'
import { currentRehearsal } from '../../dev/rehearsal/aws.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the CloudFormation template that all tests read, made once. */
    templateFile: string
    /** PEM of a private key for the fake Help Lightning, which would take a tenth of a second to make one. */
    partnerKey: string
  }
}

export async function setup({ vitest, provide }: TestProject): Promise<void> {
  // The unit tests start nothing, and answer at once.
  if (vitest.projects.every(({ name }) => name === 'unit')) return
  provide('partnerKey', makePartnerKey())
  provide('templateFile', await packageTemplate(currentRehearsal() ? 'rehearsal' : 'local'))
  // Where the function of the pages finds them, bundled or not.
  if (!currentRehearsal()) await writeAssets()
}
