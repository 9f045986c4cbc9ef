import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RolloutId } from '../domain/brand.ts';
import type { Control } from '../execute/execution.ts';

type Wish = 'pause' | 'abort';

function fileOf(stateDir: string, rollout: RolloutId): string {
  return join(stateDir, 'control', rollout);
}

/** Leaves word for the controller that carries out `rollout`; it looks between steps. */
export function leaveWord(stateDir: string, rollout: RolloutId, wish: Wish): void {
  mkdirSync(join(stateDir, 'control'), { recursive: true, mode: 0o700 });
  writeFileSync(fileOf(stateDir, rollout), wish, { mode: 0o600 });
}

/** What was left for `rollout`, if anything. */
export function wordFor(stateDir: string, rollout: RolloutId): Wish | undefined {
  const file = fileOf(stateDir, rollout);
  if (!existsSync(file)) return undefined;
  return readFileSync(file, 'utf8') === 'abort' ? 'abort' : 'pause';
}

/** Takes the word back, once it was heard or when the rollout goes on. */
export function clearWord(stateDir: string, rollout: RolloutId): void {
  rmSync(fileOf(stateDir, rollout), { force: true });
}

/** A control that hears signals of this process and words left by others. */
export function makeControl(
  stateDir: string,
  rollout: RolloutId,
  signals: { readonly stop: AbortSignal; readonly pauseAsked: () => boolean },
): Control {
  return {
    signal: signals.stop,
    wants: () => (signals.pauseAsked() ? 'pause' : (wordFor(stateDir, rollout) ?? 'run')),
  };
}
