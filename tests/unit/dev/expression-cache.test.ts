import '../../../dev/expression-cache.ts'
import conditionParser from 'dynalite/db/conditionParser.js'
import { expect, it } from 'vitest'

/** The expression of a condition, and what it leaves unused. */
function condition(text: string, attrNames: Record<string, string>, attrVals: Record<string, object>) {
  const unused = { unusedAttrNames: { ...attrNames }, unusedAttrVals: { ...attrVals } }
  const context = { ...unused, attrNames, attrVals, isReserved: () => false, compare: () => false }
  return { tree: conditionParser.parse(text, { context }), ...unused }
}

it('a repeated expression has the values of its own command', () => {
  const first = condition('#n < :most', { '#n': 'count' }, { ':most': { N: '5' } })
  const second = condition('#n < :most', { '#n': 'count' }, { ':most': { N: '7' } })
  expect(first.tree).toMatchObject({ expression: { type: '<', args: [['count'], { N: '5' }] } })
  expect(second.tree).toMatchObject({ expression: { type: '<', args: [['count'], { N: '7' }] } })
})

it('a repeated expression has the names of its own command', () => {
  condition('#n < :most', { '#n': 'count' }, { ':most': { N: '5' } })
  const { tree } = condition('#n < :most', { '#n': 'other' }, { ':most': { N: '5' } })
  expect(tree).toMatchObject({ expression: { args: [['other'], { N: '5' }] }, pathHeads: { other: true } })
})

it('a change of a tree does not change the next one', () => {
  const parse = () => condition('attribute_exists(a) AND b = :b', {}, { ':b': { S: 'x' } }).tree
  const [first, second] = [parse(), parse()]
  Object.assign(first ?? {}, { expression: null })
  expect(second).toMatchObject({ expression: { type: 'and' } })
  expect(parse()).toEqual(second)
})

it.each([1, 2])('names and values that are not in the expression remain unused, time %i', () => {
  const names = { '#n': 'count', '#other': 'other' }
  const { unusedAttrNames, unusedAttrVals } = condition('#n = :n', names, { ':n': { N: '1' }, ':o': { N: '2' } })
  expect([Object.keys(unusedAttrNames), Object.keys(unusedAttrVals)]).toEqual([['#other'], [':o']])
})

it('a value of a wrong type is an error, also after a right one', () => {
  const parse = (start: object) => condition('begins_with(a, :start)', {}, { ':start': start }).tree
  const error = expect.stringContaining('Incorrect operand type')
  expect([{ S: 'x' }, { N: '1' }, { N: '2' }].map(parse)).toEqual([expect.anything(), error, error])
  expect(parse({ S: 'x' })).not.toEqual(error)
})

it('the bounds of BETWEEN are compared in each command', () => {
  const text = 'a BETWEEN :from AND :to'
  const parse = (to: string) => condition(text, {}, { ':from': { N: '2' }, ':to': { N: to } }).tree
  expect(parse('3')).toMatchObject({ expression: { args: [['a'], { N: '2' }, { N: '3' }] } })
  expect(parse('4')).toMatchObject({ expression: { args: [['a'], { N: '2' }, { N: '4' }] } })
})
