import type { Command, CommanderError } from 'commander';
import type { Trouble } from '../domain/errors.ts';

/** How commander ends a command line: one that is wrong, or one that asks for help. */
export class Misuse extends Error {
  override readonly name = 'Misuse';
  readonly command: Command;
  readonly reason: CommanderError;

  constructor(command: Command, reason: CommanderError) {
    super(reason.message);
    this.command = command;
    this.reason = reason;
  }
}

/** `ranch artifact add`. */
export function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

/** Commander suggests among the options that its help shows; ours are hidden in the help of each command. */
async function suggestion(command: Command, message: string): Promise<string> {
  const flag = /'(--[^'=]+)/.exec(message)?.[1];
  if (flag === undefined || message.includes('(')) return '';
  const { closest } = await import('../inventory/closest.ts');
  const found = closest(
    flag,
    command.options.flatMap(({ long }) => long ?? []),
  );
  return found === undefined ? '' : ` (did you mean ${found}?)`;
}

/** What is wrong with a command line, told like any other trouble. */
export async function misuseTrouble({ command, reason }: Misuse): Promise<Trouble> {
  const { code } = reason;
  const cause = reason.message
    .replace(/^error: /, '')
    .replaceAll('\n', ' ')
    .replace('(Did', '(did');
  const path = pathOf(command);
  const isCommand = code === 'commander.unknownCommand';
  return {
    code: 'usage',
    place: path,
    message: cause + (code === 'commander.unknownOption' ? await suggestion(command, cause) : ''),
    remedy: `\`${path} --help\` ${isCommand ? 'lists the commands' : 'tells what it takes'}.`,
  };
}
