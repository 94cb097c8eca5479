/** Base URL of this deployment, prefix of a custom domain included: scripts are one folder below it. */
export const ROOT = new URL('..', import.meta.url)
