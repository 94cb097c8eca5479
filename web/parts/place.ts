/** Where this deployment is, whatever stands before its paths: the scripts lie one folder below. */
export const ROOT = new URL('..', import.meta.url)
