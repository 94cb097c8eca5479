export const pageSize = (description: string, minimum: number, maximum: number, defaultSize: number) => ({
  description,
  schema: { type: 'integer', minimum, maximum, default: defaultSize },
})
export const timeField = (description: string) => `${description}: UNIX seconds, UNIX milliseconds or ISO 8601.`
export const CURSOR_FIELD = 'Start of the page, from the `Link` header of the previous page.'
export const PARTICIPANT_FIELD =
  'Returns the data of one participant only. The auth token of a participant cannot name another one.'
export const CLIENT_FIELD =
  'The client whose data is read. Only the admin can name another client. Default: the caller’s own.'
