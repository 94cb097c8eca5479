import { fileURLToPath } from 'node:url'
import { buildBundles } from './build-bundles.ts'
import { type FunctionOutput, type LambdaRunner, lambdaRunner } from './lambda-runner.ts'
import type { Template } from './template.ts'
import { watchFiles, watchSources } from './watch-files.ts'

/** Folders with the code that is bundled. */
const SOURCES = ['functions', 'lib', 'web'].map((name) => fileURLToPath(new URL(`../${name}`, import.meta.url)))

interface Sources {
  /** Where `npm start` stores its files. */
  folder: string
  loadTemplate(): Promise<Template>
  /** The environment that all functions share, with webhooks.yml; null when the secrets cannot be read at the moment. */
  loadEnvironment(): Promise<Record<string, string> | null>
  onOutput(output: FunctionOutput): void
}

export interface LiveFunctions {
  /** Routes and functions as they are at the moment. */
  gateway(): Template & Pick<LambdaRunner, 'invoke'>
  stop(): Promise<void>
}

/** Runs the functions, and restarts them after a change of the source code, of serverless.yml, webhooks.yml or of the secrets. */
export async function liveFunctions(
  { folder, loadTemplate, loadEnvironment, onOutput }: Sources,
  initial: { template: Template; environment: Record<string, string> },
): Promise<LiveFunctions> {
  let { template, environment } = initial
  let current: { runner: LambdaRunner; bundles: URL } | undefined

  async function serve(bundles: URL): Promise<void> {
    const previous = current
    current = { runner: lambdaRunner(template.functions, bundles, environment, onOutput), bundles }
    if (!previous) return
    console.log('Reloaded.')
    await previous.runner.stop()
  }

  let running: Promise<void> = Promise.resolve()
  let next: Promise<void> | undefined
  let isTemplateOutdated = false
  const build = async () => {
    next = undefined
    if (isTemplateOutdated) template = await loadTemplate()
    isTemplateOutdated = false
    await serve(await buildBundles(`${folder}/functions`))
  }
  /** Builds after the running build, and once for all changes until then. */
  const rebuild = (): Promise<void> => {
    const start = () => {
      running = build()
      return running
    }
    next ??= running.then(start, start)
    return next
  }
  for (const source of SOURCES) watchSources(source, ['ts', 'css', 'html', 'svg'], rebuild)
  await rebuild()
  watchFiles('.', /^(?:serverless|tables)\.yml$/, async () => {
    isTemplateOutdated = true
    await rebuild()
  })
  const reload = async () => {
    const changed = await loadEnvironment()
    if (!changed || !current) return
    environment = changed
    await serve(current.bundles)
  }
  watchFiles(folder, /^secrets\.json$/, reload)
  watchFiles('.', /^webhooks\.yml$/, reload)

  const invoke: LambdaRunner['invoke'] = async (name, event) => current?.runner.invoke(name, event)
  return {
    gateway: () => ({ ...template, invoke }),
    async stop() {
      await current?.runner.stop()
    },
  }
}
