import { type LambdaRunner, lambdaRunner } from './lambda-runner.ts'
import type { Template } from './template.ts'
import { watchBundles } from './watch-bundles.ts'
import { watchFile } from './watch-file.ts'

interface Sources {
  /** Where `npm start` stores its files. */
  folder: string
  loadTemplate(): Promise<Template>
  /** The environment that all functions share; null when the secrets cannot be read at the moment. */
  loadEnvironment(): Promise<Record<string, string> | null>
}

export interface LiveFunctions {
  /** Routes and functions as they are at the moment. */
  gateway(): Template & Pick<LambdaRunner, 'invoke'>
  stop(): Promise<void>
}

/** Runs the functions, and restarts them after a change of the source code, of serverless.yml or of the secrets. */
export async function liveFunctions(
  { folder, loadTemplate, loadEnvironment }: Sources,
  initial: { template: Template; environment: Record<string, string> },
): Promise<LiveFunctions> {
  let { template, environment } = initial
  let current: { runner: LambdaRunner; bundles: URL } | undefined

  async function serve(bundles: URL): Promise<void> {
    const previous = current
    current = { runner: lambdaRunner(template.functions, bundles, environment), bundles }
    if (!previous) return
    console.log('Reloaded.')
    await previous.runner.stop()
  }

  let watcher = await watchBundles(`${folder}/functions`, serve)
  watchFile('.', 'serverless.yml', async () => {
    template = await loadTemplate()
    await watcher.stop()
    watcher = await watchBundles(`${folder}/functions`, serve)
  })
  watchFile(folder, 'secrets.json', async () => {
    const changed = await loadEnvironment()
    if (!changed || !current) return
    environment = changed
    await serve(current.bundles)
  })

  const invoke: LambdaRunner['invoke'] = async (name, event) => current?.runner.invoke(name, event)
  return {
    gateway: () => ({ ...template, invoke }),
    stop: async () => current?.runner.stop(),
  }
}
