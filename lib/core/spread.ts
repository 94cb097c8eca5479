import { hash } from 'node:crypto'

/** A number from 0 to `count` - 1 by a digest of a text: always the same for it, and spread evenly over many texts. */
export const spreadOver = (text: string, count: number): number =>
  Number.parseInt(hash('sha256', text).slice(0, 8), 16) % count
