import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * Runs `serverless package` for a stage, which needs no AWS account, and gives the template that it writes: what is
 * deployed and what runs locally cannot differ. Throws with the command's own words when serverless.yml is broken.
 */
export async function packageTemplate(stage: string, folder: string): Promise<string> {
  const command = `${root}node_modules/serverless/bin/serverless.js`
  try {
    await promisify(execFile)(process.execPath, [command, 'package', '--stage', stage, '--package', folder], {
      cwd: root,
    })
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr) : ''
    const [sentence = 'it cannot be packaged'] = said
      .split('\n')
      .filter((line) => /\S/.test(line) && !/^Error:?$/.test(line.trim()))
    throw new Error(`serverless.yml: ${sentence.trim()}`)
  }
  return `${resolve(root, folder)}/cloudformation-template-update-stack.json`
}
