/** What one submission may hold. */
export const SUBMISSION_LIMITS = {
  files: 100,
  /** A file is taken and given back in one piece, which 6 MB hold in base64. */
  fileBytes: 4_700_000,
  /** Fields and files of a form, those that are ignored included. */
  parts: 1_000,
} as const
