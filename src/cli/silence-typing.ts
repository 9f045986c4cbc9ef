import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * True when the process is in its terminal's foreground, by what /proc/self/stat says. In the background to change the
 * terminal would stop it, rollout and all.
 */
export function inForeground(stat: string): boolean {
  // After the name, which may hold anything: state ppid pgrp session tty_nr tpgid
  const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return group !== undefined && group === foreground;
}

function mayChangeTerminal(): boolean {
  try {
    return inForeground(readFileSync('/proc/self/stat', 'utf8'));
  } catch {
    // where there is no /proc, `ps` marks it with a plus
    const asked = spawnSync('ps', ['-o', 'stat=', '-p', String(process.pid)], { encoding: 'utf8' });
    return asked.status === 0 && asked.stdout.includes('+');
  }
}

function stty(word: string): boolean {
  return spawnSync('stty', [word], { stdio: ['inherit', 'ignore', 'ignore'] }).status === 0;
}

/**
 * Keeps what a person types from showing until it is let go: an Enter that the terminal echoes would shift what is
 * painted in place. The keys that interrupt or suspend work as before, and what was typed goes to whoever reads next.
 */
export function silenceTyping(): () => void {
  if (!mayChangeTerminal() || !stty('-echo')) return () => undefined;
  const letGo = (): void => {
    process.off('exit', letGo);
    if (mayChangeTerminal()) stty('echo');
  };
  process.once('exit', letGo);
  return letGo;
}
