import type { TestProject } from 'vitest/node'
import { writeAssets } from '../../dev/assets.ts'
import { packageTemplate } from '../../dev/package-template.ts'
import { currentRehearsal } from '../../dev/rehearsal/aws.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the CloudFormation template that all tests read, made once. */
    templateFile: string
  }
}

export default async function setup({ provide }: TestProject): Promise<void> {
  provide('templateFile', await packageTemplate(currentRehearsal() ? 'rehearsal' : 'local'))
  // Where the function of the pages finds them, bundled or not.
  if (!currentRehearsal()) await writeAssets()
}
