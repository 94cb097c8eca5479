/** Control, format and separator characters, and lone surrogates. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu
/** @limit Submissions | characters of a file name */
const MAX_CHARACTERS = 255

/**
 * A file name without folders and without characters that are unsafe on a screen or in a file system. Null if the rest
 * is not a valid name.
 */
export function toFileName(path: string): string | null {
  const name = (path.split(/[/\\]/).at(-1) ?? '').replace(UNSAFE, '').trim()
  return name === '' || name === '.' || name === '..' || name.length > MAX_CHARACTERS ? null : name
}

/** RFC 9110 section 8.3.1: type, subtype and parameters, in the characters of a header. */
const MEDIA_TYPE =
  /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+(?:[ \t]*;[ \t]*[\w!#$%&'*+.^`|~-]+=(?:[\w!#$%&'*+.^`|~-]+|"[\x20-\x21\x23-\x5b\x5d-\x7e]*"))*$/

/** The media type of a file; `application/octet-stream` if it is missing or invalid. */
export const toMediaType = (contentType = ''): string =>
  contentType.length <= MAX_CHARACTERS && MEDIA_TYPE.test(contentType) ? contentType : 'application/octet-stream'
