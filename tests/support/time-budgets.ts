import { timeBudgets } from '../../lib/core/time-budgets.ts'
import { isRehearsal, leaveOut } from './leave-out.ts'

/**
 * Changes time budgets until the test ends. Values that a function reads on load need `anotherContainer` afterwards.
 */
export function setTimeBudgets(changes: Partial<typeof timeBudgets>): void {
  if (isRehearsal()) leaveOut('the time budgets of the functions cannot be changed')
  Object.assign(timeBudgets, changes)
}
