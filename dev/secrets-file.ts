import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { type DeploymentSecrets, deploymentSecrets } from '../lib/crypto/deployment-secrets.ts'
import { writePrivateFile } from './private-file.ts'

/** The secrets of the local run, secrets.json in its folder; null if the file is missing. Throws if it is damaged. */
export async function readSecrets(folder: string): Promise<DeploymentSecrets | null> {
  const text = await readFile(`${folder}/secrets.json`, 'utf8').catch(() => null)
  return text === null ? null : deploymentSecrets.parse(JSON.parse(text))
}

/** Writes secrets to a file that only its owner may read. */
export async function writeSecrets(folder: string, secrets: DeploymentSecrets): Promise<void> {
  await writePrivateFile(`${folder}/secrets.json`, toJson(secrets))
}

/** Writes the first secrets of a folder; false if it has some already, which stay. */
export async function writeFirstSecrets(folder: string, secrets: DeploymentSecrets): Promise<boolean> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const temporary = `${folder}/secrets-${randomUUID()}`
  await writeFile(temporary, toJson(secrets), { mode: 0o600 })
  try {
    await link(temporary, `${folder}/secrets.json`)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    await rm(temporary, { force: true })
  }
}

const toJson = (secrets: DeploymentSecrets): string => `${JSON.stringify(secrets, null, 2)}\n`
