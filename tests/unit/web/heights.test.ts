import { describe, expect, it } from 'vitest'
import { figuresHeight, panelHeight, summaryHeight } from '../../../web/data/heights.ts'

describe('the height of figures that are not drawn yet', () => {
  it('grows with each plot, and a plot alone is higher', () => {
    const [one, two, three] = [['co2'], ['co2', 'temp'], ['co2', 'temp', 'hum']].map((names) =>
      figuresHeight(
        names.map((name) => [name]),
        [],
        800,
      ),
    )
    expect(panelHeight(1)).toBeGreaterThan(panelHeight(2))
    expect([one, two, three]).toEqual([444, 664, 996])
  })

  it('contains the rows of a legend that wraps', () => {
    const labels = ['first_temperature_c', 'second_temperature_c']
    expect(figuresHeight([labels], [], 390) - figuresHeight([labels], [], 1_000)).toBe(40)
  })

  it('has one plot for all columns of texts', () => {
    const both = figuresHeight([['co2']], ['note', 'window'], 800)
    expect(both - figuresHeight([['co2']], ['note'], 800)).toBe(34)
    expect(figuresHeight([], ['note'], 800)).toBeLessThan(panelHeight(1))
  })

  it('is nothing without columns', () => {
    expect([figuresHeight([], [], 800), summaryHeight(0)]).toEqual([0, 0])
    expect(summaryHeight(3) - summaryHeight(2)).toBe(36)
  })
})
