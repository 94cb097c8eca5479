/** Lines differ by eight colours, then by dashes. */

const COLOURS = 8
const DASHES: readonly number[][] = [[], [8, 4], [2, 3], [9, 3, 2, 3]]

/** The CSS variable of a colour. */
export const colourOf = (place: number): string => `--line-${(place % COLOURS) + 1}`

export const dashOf = (place: number): number[] => DASHES[place % DASHES.length] ?? []

/** The dash of a line that has its colour by its place among all lines. */
export const dashAfterColours = (place: number): number[] => dashOf(Math.floor(place / COLOURS))

/** The value of a CSS colour variable, for a canvas; it depends on the colour scheme. */
export const colour = (variable: string): string =>
  getComputedStyle(document.documentElement).getPropertyValue(variable)
