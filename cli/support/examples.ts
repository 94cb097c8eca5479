import type { Command } from 'commander'

/** How readers start the command line. */
export const PROGRAM = 'npx latchkey'

/** Two calls of a command, without the name of the program. */
export type Examples = readonly [string, string]

const examples = new WeakMap<Command, Examples>()

/** Shows two examples in the help of a command, and in the reference. */
export function addExamples(command: Command, both: Examples): void {
  examples.set(command, both)
  command.addHelpText('after', `\nExamples:\n${both.map((example) => `  ${PROGRAM} ${example}`).join('\n')}`)
}

/** The examples of a command; undefined for a group of commands. */
export const examplesOf = (command: Command): Examples | undefined => examples.get(command)

/** Adds examples to a group of commands: the first ones of its commands. */
export function addGroupExamples(group: Command): void {
  const [one = [], other = []] = group.commands.map((command) => examplesOf(command) ?? [])
  const [first, second = one[1]] = [one[0], other[0]]
  if (first !== undefined && second !== undefined) addExamples(group, [first, second])
}
