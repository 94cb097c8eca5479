import * as z from 'zod/mini'

// Schemas in lib/ and functions/ use the small build of Zod, because bundles contain it.

/** A string that `parse` turns into a value. The schema fails where `parse` throws or returns undefined. */
export const parsedString = <Value>(parse: (text: string) => Value | undefined, message: string) =>
  z.pipe(
    z.string(),
    z.transform((text, context): Value => {
      try {
        const value = parse(text)
        if (value !== undefined) return value
      } catch {
        // The message omits the cause, which may quote the text.
      }
      context.issues.push({ code: 'custom', input: text, message })
      return z.NEVER
    }),
  )

/** A string of at most `maxCharacters`, possibly empty. */
export const maxString = (maxCharacters: number) =>
  z.string().check(z.maxLength(maxCharacters, `must have at most ${maxCharacters} characters`))

/** A number as a string that matches `pattern`. */
export const numericString = (pattern: RegExp, message?: string) =>
  z.pipe(z.string().check(z.regex(pattern, message)), z.transform(Number))

/** Number of items on a page. `tooLarge` is the error above `max`. */
export const pageSizeSchema = (min: number, max: number, initial: number, tooLarge: string) =>
  z._default(
    numericString(/^\d+$/, `must be a whole number from ${min} to ${max}`).check(
      z.refine((number) => number >= min && number <= max, tooLarge),
    ),
    initial,
  )

/** A boolean as a string. */
export const booleanString = z.pipe(
  z.enum(['true', 'false'], 'must be true or false'),
  z.transform((text) => text === 'true'),
)
