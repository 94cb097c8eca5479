/** Characters that move a cursor, hide, or turn the reading direction; and halves of characters. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu
/** @limit Submissions | characters of a file name */
const CHARACTERS = 255

/**
 * The name of a file without the folders that a client may have put before it, and without characters that a screen or
 * a file system could stumble over. Null when nothing is left that could be a name.
 */
export function fileName(sent: string): string | null {
  const name = (sent.split(/[/\\]/).at(-1) ?? '').replace(UNSAFE, '').trim()
  return name === '' || name === '.' || name === '..' || name.length > CHARACTERS ? null : name
}

/** RFC 9110 section 8.3.1: type, subtype and parameters, in the characters of a header. */
const MEDIA_TYPE =
  /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+(?:[ \t]*;[ \t]*[\w!#$%&'*+.^`|~-]+=(?:[\w!#$%&'*+.^`|~-]+|"[\x20-\x21\x23-\x5b\x5d-\x7e]*"))*$/

/** The media type that a file was sent with; of one that is none, only that it is bytes is known. */
export const mediaType = (sent = ''): string =>
  sent.length <= CHARACTERS && MEDIA_TYPE.test(sent) ? sent : 'application/octet-stream'
