import type { TestProject } from 'vitest/node'
import { writeAssets } from '../../dev/assets.ts'
import { buildBundles, removeOutdatedBundles } from '../../dev/build-bundles.ts'
import { makePartnerKey } from '../../dev/fakes/helplightning.ts'
import { packageTemplate } from '../../dev/package-template.ts'
import { currentRehearsal } from '../rehearsal/aws.ts'
import { BUNDLES } from './local-run.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Path of the CloudFormation template that all tests read, generated once. */
    templateFile: string
    /** PEM of a private key for the fake Help Lightning. Generating one needs a tenth of a second. */
    partnerKey: string
  }
}

export async function setup({ vitest, provide }: TestProject): Promise<void> {
  // Unit tests start no servers.
  if (vitest.projects.every(({ name }) => name === 'unit')) return
  provide('partnerKey', makePartnerKey())
  provide('templateFile', await packageTemplate(currentRehearsal() ? 'rehearsal' : 'local'))
  if (vitest.projects.some(({ name }) => name === 'slow')) {
    await removeOutdatedBundles(BUNDLES)
    await buildBundles(BUNDLES)
  }
  // The path where the function of the pages finds them, bundled or not.
  if (!currentRehearsal()) await writeAssets()
}
