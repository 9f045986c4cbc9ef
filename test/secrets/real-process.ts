import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ended } from '../cli/captured.ts';
import { bundled } from '../lab/bundled.ts';
import { argvOf } from './watch.ts';

/** Makes a pipe count as a terminal, so that questions are asked; and throws, caught by nobody, soon after the last one. */
const PRELOAD = `
process.stdin.isTTY = true;
const write = process.stderr.write.bind(process.stderr);
process.stderr.write = (text, ...rest) => {
  if (String(text).includes('sudo password on')) setTimeout(() => { throw new Error('thrown by a test'); }, 400);
  return write(text, ...rest);
};
`;

/** Words of a question, and what is typed when they turn up. */
export type Answers = readonly (readonly [question: string, answer: string])[];

/** A process that ended, with what stood in its arguments while it ran. */
export interface Crashed extends Ended {
  readonly argv: string;
}

/** Runs a command line as a process of its own, which dies of an error that nothing catches once \`answers\` were given. */
export async function realRanch(dir: string, argv: readonly string[], answers: Answers): Promise<Crashed> {
  const program = await bundled('src/cli/main.ts');
  const preload = join(dir, 'preload.mjs');
  await writeFile(preload, PRELOAD);
  const child = spawn(process.execPath, ['--import', preload, program, ...argv], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let [stdout, stderr, seen] = ['', '', ''];
  const left = [...answers];
  child.stdout.on('data', (bytes: Buffer) => {
    stdout += bytes.toString();
  });
  child.stderr.on('data', (bytes: Buffer) => {
    stderr += bytes.toString();
    const [question, answer] = left[0] ?? [];
    if (question === undefined || !stderr.includes(question)) return;
    left.shift();
    child.stdin.write(`${answer}\n`);
    seen += argvOf(child.pid ?? 0);
  });
  child.stdin.on('error', () => undefined);
  const [exitCode] = await once(child, 'close');
  return { stdout, stderr, exitCode: Number(exitCode), argv: seen };
}
