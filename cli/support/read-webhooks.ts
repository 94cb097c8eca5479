import { SetupError } from '../../dev/setup-error.ts'
import { type StageWebhooks, stageWebhooks } from '../../dev/webhooks-file.ts'
import { CommandError } from './error-message.ts'

/** The entries of webhooks.yml for a stage. Throws a sentence for each issue of the file. */
export function readWebhooks(stage: string): StageWebhooks {
  try {
    return stageWebhooks(stage)
  } catch (error) {
    throw error instanceof SetupError ? new CommandError(error.message) : error
  }
}
