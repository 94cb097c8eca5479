/** Heights of plots in pixels. */

const HEIGHT_ALONE = 352
const HEIGHT_OF_MANY = 240
const LANE_HEIGHT = 34
const AXIS_HEIGHT = 50

/** The height of a plot of lines, by the number of all figures. */
export const panelHeight = (figures: number): number => (figures === 1 ? HEIGHT_ALONE : HEIGHT_OF_MANY)

/** The height of the plot of columns of texts. */
export const lanesHeight = (count: number): number => count * LANE_HEIGHT + AXIS_HEIGHT

/** Caption and margins of a figure, as in plot.css. */
const FIGURE_MARGINS = 24 + 4 + 24
/** A row of buttons in a legend, with the gap to the next one. */
const LEGEND_ROW = 40
/** Of a button in a legend: its sample of the line, its gaps, and its value. */
const BUTTON_WIDTH = 180
const CHARACTER_WIDTH = 8

/** The height of a legend of these labels in a place of some width: buttons that wrap. */
function legendHeight(labels: readonly string[], width: number): number {
  let [rows, used] = [1, 0]
  for (const { length } of labels) {
    const button = BUTTON_WIDTH + length * CHARACTER_WIDTH
    if (used > 0 && used + button > width) {
      rows += 1
      used = 0
    }
    used += button
  }
  return rows * LEGEND_ROW
}

/**
 * About the height of all figures, which are not drawn yet. `panels` and `lanes` are the labels of their legends, and
 * `width` is that of the figures.
 */
export function figuresHeight(panels: readonly string[][], lanes: readonly string[], width: number): number {
  const legends = lanes.length > 0 ? [...panels, lanes] : panels
  const plots = panels.length * panelHeight(legends.length) + (lanes.length > 0 ? lanesHeight(lanes.length) : 0)
  return legends.reduce((sum, labels) => sum + FIGURE_MARGINS + legendHeight(labels, width), plots)
}

const SUMMARY_HEADING = 36
const SUMMARY_ROW = 36

/** About the height of the table of statistics. */
export const summaryHeight = (rows: number): number => (rows === 0 ? 0 : SUMMARY_HEADING + (rows + 1) * SUMMARY_ROW)
