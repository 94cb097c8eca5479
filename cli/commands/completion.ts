import tab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'
import { addExamples } from '../support/examples.ts'

/** Adds `completion <shell>`, which prints a script, and the hidden command that the script calls. Call it last. */
export function addCompletion(program: Command): void {
  const before = new Set(program.commands)
  tab(program, { completionCommandName: 'completion' })
  const command = program.commands.find((added) => !before.has(added))
  command?.description('print a script with which a shell completes commands and options')
  if (command)
    addExamples(command, ['completion bash >> ~/.bashrc', 'completion fish > ~/.config/fish/completions/latchkey.fish'])
}
