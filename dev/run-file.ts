import { readFile, rm } from 'node:fs/promises'
import * as z from 'zod'
import { isLatchkey } from './lock.ts'
import { writePrivateFile } from './private-file.ts'

const run = z.object({
  pid: z.int(),
  url: z.string(),
  /** The setting PUBLIC_URL, which is in its tokens. */
  public_url: z.string(),
  /** The embedded DynamoDB, with the access key of this run. */
  database: z.object({
    endpoint: z.string(),
    credentials: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
  }),
  /** The fake of Apple and Google, which attests phones that `latchkey devices simulate` plays. */
  attestation_authority: z.string(),
  /** Names of the secrets that it reads from its environment instead of secrets.json. */
  from_environment: z.array(z.string()),
  /** Names of the providers that are not fakes. */
  real_providers: z.array(z.string()),
})

/** How to reach the Latchkey that runs on this machine. */
export type RunningInstance = z.output<typeof run>

const RUN = 'run.json'

/** Writes the file by which the command line finds this process. Only its owner may read it. */
export const writeRun = (folder: string, current: RunningInstance): Promise<void> =>
  writePrivateFile(`${folder}/${RUN}`, `${JSON.stringify(current)}\n`)

export const removeRun = (folder: string): Promise<void> => rm(`${folder}/${RUN}`, { force: true })

/** The Latchkey that runs with a folder; null if none runs, even if a killed one left its file. */
export async function readRun(folder: string): Promise<RunningInstance | null> {
  const text = await readFile(`${folder}/${RUN}`, 'utf8').catch(() => null)
  if (text === null) return null
  const current = run.parse(JSON.parse(text))
  return (await isLatchkey(current.pid)) ? current : null
}
