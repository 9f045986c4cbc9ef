import { RanchError } from '../domain/errors.ts';
import type { Door } from './door.ts';

/** Asks for a yes. Throws `input-needed` where nobody can be asked, naming the option that says yes. */
export async function agree(door: Door, question: string, yes: boolean): Promise<boolean> {
  if (yes) return true;
  const { ask } = door.io;
  if (!ask || !door.options.input) {
    throw new RanchError({
      code: 'input-needed',
      place: '',
      message: `${question} Nobody can be asked here`,
      remedy: 'Say `--yes` when you agree.',
    });
  }
  const answer = await ask(`${question} [y/N] `, false);
  return /^y(es)?$/i.test(answer?.trim() ?? '');
}
