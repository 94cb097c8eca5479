import { vi } from 'vitest'
import { leaveOut } from './leave-out.ts'

// Functions that run elsewhere have their own clock.
vi.useFakeTimers = () => {
  leaveOut('the clock of the functions cannot be moved')
  return vi
}
