/** How lines are told apart: eight colours, and after those the same ones dashed. */

const COLOURS = 8
const DASHES: readonly number[][] = [[], [8, 4], [2, 3], [9, 3, 2, 3]]

/** The variable of the style sheet that holds a line's colour. */
export const colourOf = (place: number): string => `--line-${(place % COLOURS) + 1}`

export const dashOf = (place: number): number[] => DASHES[Math.floor(place / COLOURS) % DASHES.length] ?? []

/** A colour of the style sheet as a canvas takes it: dark and light have others. */
export const colour = (variable: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(variable)

export const paintOf = (place: number): string => colour(colourOf(place))
