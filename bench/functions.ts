import { glob } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { buildBundles } from '../dev/build-bundles.ts'
import { httpApi, type Invoke } from '../dev/http-api.ts'
import { lambdaRunner } from '../dev/lambda-runner.ts'
import { readSecrets, writeFirstSecrets } from '../dev/secrets-file.ts'
import { readTemplate } from '../dev/template.ts'
import { makeSecrets, secretSettings } from '../lib/crypto/deployment-secrets.ts'

const INSTANCES = 4

/**
 * The functions behind the local HTTP API, as `npm start` runs them, but with the database of another process. Its
 * address is in the environment, with the file of the template. Killing this process is a crash of all functions.
 */
const { LATCHKEY_FOLDER: folder = '', TEMPLATE = '', PORT = '', ...environment } = process.env
await writeFirstSecrets(folder, await makeSecrets())
const secrets = await readSecrets(folder)
if (!secrets) throw new Error(`${folder} has no secrets.`)
const template = await readTemplate(TEMPLATE)
const shared: Record<string, string> = {
  ...secretSettings(secrets),
  PUBLIC_URL: `http://127.0.0.1:${PORT}`,
  PARAMETER_PATH: '',
  POWERTOOLS_LOG_LEVEL: 'SILENT',
  POWERTOOLS_METRICS_DISABLED: 'true',
}
for (const [name, value] of Object.entries(environment)) if (value !== undefined) shared[name] = value
const [earlier] = await Array.fromAsync(glob(`${folder}/functions/*/dist`))
const bundles = earlier ? pathToFileURL(`${earlier}/`) : await buildBundles(`${folder}/functions`)

/** Several instances of each function, so that a large upload does not delay all small ones. */
const instances = Array.from({ length: INSTANCES }, () => ({
  runner: lambdaRunner(template.functions, bundles, shared, ({ text }) => console.error(text)),
  running: 0,
}))
const invoke: Invoke = async (name, event) => {
  const instance = instances.reduce((idlest, each) => (each.running < idlest.running ? each : idlest))
  instance.running += 1
  return instance.runner.invoke(name, event).finally(() => {
    instance.running -= 1
  })
}
httpApi(() => ({ ...template, invoke })).listen(Number(PORT), '127.0.0.1')
