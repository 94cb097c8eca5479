import * as z from 'zod/mini'
import type { SharedView } from '../core/caller.ts'
import { clientIdSchema } from '../core/identifiers.ts'
import { toColumnName } from './column-name.ts'
import { sourceSchema } from './parameters.ts'
import { isServerColumn } from './table.ts'

/** @limit Access | series of a share */
const MAX_SERIES = 20
/** @limit Access | columns that a share names */
const MAX_COLUMNS = 100

const unique = z.refine<string[]>((names) => new Set(names).size === names.length, 'must not repeat a name')

/** The view in a request for a share. */
export const sharedViewFields = {
  client_id: z.optional(clientIdSchema),
  participant_id: z.optional(sourceSchema),
  series: z
    .array(sourceSchema)
    .check(
      z.minLength(1, 'must name a series'),
      z.maxLength(MAX_SERIES, `must name at most ${MAX_SERIES} series`),
      unique,
    ),
  columns: z.optional(
    z
      .array(z.pipe(z.string().check(z.minLength(1, 'must not be empty')), z.transform(toColumnName)))
      .check(
        z.minLength(1, 'must name a column'),
        z.maxLength(MAX_COLUMNS, `must name at most ${MAX_COLUMNS} columns`),
        unique,
      ),
  ),
}

/** Whether a share shows a column. Times of rows and what the server adds are always part of it. */
export const isShared = ({ columns }: SharedView, timeColumns: readonly string[], name: string): boolean =>
  columns === undefined || columns.includes(name) || timeColumns.includes(name) || isServerColumn(name)
