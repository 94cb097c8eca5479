import tab from '@bomb.sh/tab/commander'
import type { Command } from 'commander'
import { addExamples } from '../support/examples.ts'

/** Adds `completion <shell>`, which prints a script, and the hidden command that the script calls. Call it last. */
export function addCompletion(program: Command): void {
  const before = new Set(program.commands)
  tab(program, { completionCommandName: 'completion' })
  const command = program.commands.find((added) => !before.has(added))
  command
    ?.summary('print a script with which a shell completes commands and options')
    .description(
      'print a script with which a shell completes commands and options of a command named latchkey. In bash and zsh, define it in the start file of the shell, before the script: latchkey() { npx --no latchkey "$@"; }. Bash also needs the package bash-completion',
    )
  if (command)
    addExamples(command, ['completion bash >> ~/.bashrc', 'completion fish > ~/.config/fish/completions/latchkey.fish'])
}
