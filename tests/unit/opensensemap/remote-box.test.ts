import { expect, it } from 'vitest'
import { findAccountBox } from '../../../lib/opensensemap/remote-box.ts'

const box = (_id: string, name: string) => ({ _id, name, exposure: 'indoor', sensors: [] })

it('of several boxes with the name, the one with the lowest id is used', async () => {
  const [one, two, three, other] = [
    box('b1', 'latchkey senseBox cellar'),
    box('b2', 'latchkey senseBox cellar'),
    box('b3', 'latchkey senseBox cellar'),
    box('b0', 'latchkey senseBox attic'),
  ]
  for (const boxes of [
    [one, two, three, other],
    [other, three, two, one],
    [two, one, other, three],
  ])
    expect(await findAccountBox('cellar', boxes)).toMatchObject({ _id: 'b1', position: null })
  expect(await findAccountBox('garden', [one, two])).toBeNull()
})
