import { fromQuery, withSchemas } from '../../http/input.ts'
import { csvQuery, type DownloadQuery, downloadQuery, jsonQuery } from '../query.ts'
import { withPlainCursor } from './shared-cursor.ts'

/** Reads the parameters of /download, and of /download/csv and /download/json, which have one format. */
export const readDownloadQuery = withSchemas({ query: downloadQuery }, async (received): Promise<DownloadQuery> => {
  const request = await withPlainCursor(received)
  if (/\/csv\/?$/.test(request.path)) return { format: 'csv', ...(await fromQuery(csvQuery)(request)) }
  if (/\/json\/?$/.test(request.path))
    return { format: 'json', formulas: 'defuse', ...(await fromQuery(jsonQuery)(request)) }
  return fromQuery(downloadQuery)(request)
})
