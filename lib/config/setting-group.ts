import type { SettingName } from './settings-table.ts'

interface SettingDocs {
  /** One or two sentences of Markdown. */
  meaning: string
  /** Markdown shown instead of the default in the schema. */
  default?: string
  /** Shown in .env.example instead of the default. No example of a secret is a usable secret. */
  example?: string
}

/** Settings that belong together in the documents. */
export interface SettingGroup {
  title: string
  intro?: string
  /** In the order of the documents. A string is the meaning. */
  settings: Readonly<Partial<Record<SettingName, string | SettingDocs>>>
}
