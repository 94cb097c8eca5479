/** Limits of one submission. */
export const SUBMISSION_LIMITS = {
  /** @limit Submissions | files of a submission */
  files: 100,
  /**
   * A file is returned in one response. Its 6 MB hold this much in base64.
   * @limit Submissions | bytes of a file in the form, or of the document
   */
  fileBytes: 4_700_000,
  /** @limit Submissions | fields and files of a form, including those that Latchkey ignores */
  parts: 1_000,
} as const

/** DynamoDB limits items to 400 KB, with names and keys. */
export const CHUNK_BYTES: number = 400_000
