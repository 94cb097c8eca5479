declare module 'vitest' {
  interface TaskMeta {
    /** Why a test cannot run against a deployment. */
    localOnly?: string
  }
}

/**
 * Options of a test, or of a group, that cannot run against a deployment. A file of which no test can says
 * `// @module-tag local-only` at its top. Tests that move the clock or set a time budget need neither: they skip themselves.
 */
export const localOnly = (reason: string) => ({ tags: ['local-only'], meta: { localOnly: reason } })
