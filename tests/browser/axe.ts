import axe from 'axe-core'
import type { Page } from 'playwright-core'

/** The rules whose results depend on the colour scheme. */
const COLOR_RULES = ['color-contrast', 'link-in-text-block']

interface Findings {
  /** The number of rules that the page follows. */
  passes: number
  /** The rules that it breaks, with the elements. */
  violations: [rule: string, elements: string[]][]
}

/** Only the elements at fault leave the page: the others are thousands. */
const run = (page: Page, options: object) =>
  page.evaluate<Findings>(`axe.run({ resultTypes: ['violations'], ...${JSON.stringify(options)} }).then(
    ({ passes, violations }) => ({
      passes: passes.length,
      violations: violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]),
    }),
  )`)

/** Accessibility of the page in its colour scheme. */
export async function checkAccessibility(page: Page): Promise<Findings> {
  await page.evaluate(axe.source)
  return run(page, {})
}

/** Accessibility of the page in the dark colour scheme. `checkAccessibility` has run all rules in the light one. */
export async function checkDarkColors(page: Page): Promise<Findings> {
  await page.emulateMedia({ colorScheme: 'dark' })
  const findings = await run(page, { runOnly: COLOR_RULES })
  if (findings.passes + findings.violations.length === 0) throw new Error('axe has checked no colours')
  return findings
}
