import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { RanchError } from '../domain/errors.ts';
import type { Playbook } from '../domain/playbook.ts';
import { parsePlaybook } from './playbook.ts';
import { type Problem, ProblemsError } from './problem.ts';
import { readText } from './read-text.ts';
import { safe } from './safe-text.ts';

async function filesIn(dir: string): Promise<readonly string[]> {
  try {
    const names = await readdir(dir);
    return names.filter((name) => /^[^.].*\.ya?ml$/.test(name)).sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw unreadable(dir, error);
  }
}

function unreadable(path: string, cause: unknown): RanchError {
  return new RanchError(
    {
      code: 'playbook-invalid',
      place: safe(path),
      message: 'this cannot be read',
      remedy: 'Give yourself the right to read it, or take it away.',
    },
    { cause },
  );
}

async function loadOne(path: string): Promise<Playbook | undefined> {
  const read = await readText(path);
  if (read.kind === 'unreadable') throw unreadable(path, read.cause);
  return read.kind === 'text' ? parsePlaybook(read.text, path) : undefined;
}

/** One playbook by its file. Throws `playbook-invalid`; `usage` where there is no such file. */
export async function loadPlaybook(path: string): Promise<Playbook> {
  const playbook = await loadOne(path);
  if (playbook) return playbook;
  throw new RanchError({
    code: 'usage',
    place: safe(path),
    message: 'there is no such playbook',
    remedy: 'Name a YAML file, for example playbooks/rollout.yaml; `ranch check` tells what is wrong in one.',
  });
}

function nameTaken(playbook: Playbook, other: Playbook): Problem {
  const message = `the name "${playbook.name}" is taken by ${safe(other.file)}; allowed: each name once`;
  return { file: playbook.file, line: 1, column: 1, path: 'name', message };
}

/**
 * All playbooks of a folder (`*.yaml`, `*.yml`), by file name; none where there is no folder. Throws
 * `playbook-invalid` with the problems of all files, so that they can be mended in one go.
 */
export async function loadPlaybooks(dir: string): Promise<readonly Playbook[]> {
  const playbooks = new Map<string, Playbook>();
  const problems: Problem[] = [];
  for (const name of await filesIn(dir)) {
    try {
      const playbook = await loadOne(join(dir, name));
      if (!playbook) continue;
      const other = playbooks.get(playbook.name);
      if (other) problems.push(nameTaken(playbook, other));
      playbooks.set(playbook.name, other ?? playbook);
    } catch (error) {
      if (!(error instanceof ProblemsError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new ProblemsError('playbook-invalid', dir, problems);
  return [...playbooks.values()];
}
