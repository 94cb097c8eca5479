/** An error of S3, by the code that the SDK makes the name of its exception. */
export class S3Error extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}

export const noSuchKey = () => new S3Error(404, 'NoSuchKey', 'The specified key does not exist.')
export const noSuchUpload = () =>
  new S3Error(404, 'NoSuchUpload', 'The specified multipart upload does not exist: it was completed or aborted.')
export const accessDenied = (message: string) => new S3Error(403, 'AccessDenied', message)
export const invalidRequest = (message: string) => new S3Error(400, 'InvalidRequest', message)
