import { describe, expect, it } from 'vitest'
import { expression, failureRate, total } from '../../../dev/metric-math.ts'

const metric = (name: string) => ({ namespace: 'AWS/Lambda', name, dimensions: { FunctionName: 'upload' } })

describe('the expression of an alarm', () => {
  it('is the share of failures, once there are enough of them', () => {
    const rate = failureRate({ failures: [metric('Errors')], all: [metric('Invocations')], floor: 2, period: 60 })
    expect(rate.map(({ Id, ReturnData }) => [Id, ReturnData])).toEqual([
      ['m0', false],
      ['m1', false],
      ['all', true],
    ])
    expect(rate.at(-1)).toMatchObject({ Expression: 'IF(SUM([m0]) >= 2, 100 * SUM([m0]) / SUM([m1]), 0)' })
    expect(rate[0]).toMatchObject({ MetricStat: { Stat: 'Sum', Period: 60 } })
  })

  it('has a metric only once that is among the failures and the whole', () => {
    const throttles = [metric('Throttles')]
    const rate = failureRate({ failures: throttles, all: [...throttles, metric('Invocations')], floor: 5, period: 300 })
    expect(rate).toHaveLength(3)
    expect(rate.at(-1)).toMatchObject({ Expression: 'IF(SUM([m0]) >= 5, 100 * SUM([m0]) / SUM([m0,m1]), 0)' })
  })

  it('can be a sum', () => {
    expect(total([metric('a'), metric('b')], 300).at(-1)).toMatchObject({ Expression: 'SUM([m0,m1])' })
  })

  it('has at most ten metrics, as CloudWatch requires', () => {
    const eleven = Array.from({ length: 11 }, (_, index) => metric(String(index)))
    expect(expression(eleven.slice(1), { period: 300 }, () => '')).toHaveLength(11)
    expect(() => total(eleven, 300)).toThrow(
      'An alarm on 11 metrics exceeds 10: split its alarmGroup in serverless.yml.',
    )
  })
})
