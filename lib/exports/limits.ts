/** Limits of one export. Tests change members of this object. */
export const exportLimits = {
  /** @limit Exports | rows of a file */
  fileRows: 1_000_000,
  /**
   * A file is in memory until it is complete.
   * @limit Exports | bytes of a file, which ends after the row that exceeds them. Parquet is compressed afterwards
   */
  fileBytes: 64_000_000,
  /** @limit Exports | files of an export */
  files: 500,
}
