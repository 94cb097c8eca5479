/**
 * The name under which a column is stored: in lower case, with only letters of any script, digits, blanks and
 * `. : + _ -`, as in co2logserver. Such a name always fits a query parameter.
 */
export const toColumnName = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}.:+_ -]/gu, '')
    .trim()
