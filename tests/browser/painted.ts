import type { Page } from 'playwright-core'

/** How many points of each plot have the colour of a CSS variable: in total, and in each column of points. */
export const painted = (page: Page, variable = '--line-1'): Promise<{ total: number; columns: number[] }[]> =>
  page.evaluate((name) => {
    const paint = document.createElement('canvas').getContext('2d')
    if (!paint) throw new Error('there is no canvas')
    paint.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name)
    paint.fillRect(0, 0, 1, 1)
    const [red, green, blue] = paint.getImageData(0, 0, 1, 1).data
    return Array.from(document.querySelectorAll<HTMLCanvasElement>('#canvases canvas'), (canvas) => {
      const { data = [] } = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? {}
      const columns: number[] = Array(canvas.width).fill(0)
      let total = 0
      for (let at = 0; at < data.length; at += 4) {
        if (data[at] !== red || data[at + 1] !== green || data[at + 2] !== blue || data[at + 3] !== 255) continue
        const column = (at / 4) % canvas.width
        columns[column] = (columns[column] ?? 0) + 1
        total += 1
      }
      return { total, columns }
    })
  }, variable)
