import * as z from 'zod/mini'

/** What many schemas are made of. All under lib/ and functions/ are written for the small build of Zod. */

/** A text out of which something is read; undefined, or an error, means that it cannot be. */
export const parsedString = <Read>(read: (text: string) => Read | undefined, message: string) =>
  z.pipe(
    z.string(),
    z.transform((text, context): Read => {
      try {
        const value = read(text)
        if (value !== undefined) return value
      } catch {
        // Told without the cause, which may quote the text.
      }
      context.issues.push({ code: 'custom', input: text, message })
      return z.NEVER
    }),
  )

/** A text that may be empty, but not longer than this. */
export const maxString = (longest: number) =>
  z.string().check(z.maxLength(longest, `must have at most ${longest} characters`))

/** A number that comes as a text; `digits` is what it is to look like. */
export const numericString = (digits: RegExp, message?: string) =>
  z.pipe(z.string().check(z.regex(digits, message)), z.transform(Number))
