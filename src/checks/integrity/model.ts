import type { Coordinate } from '../../sq/coordinate.ts';
import { judgeAppended } from './appended.ts';
import { byCoordinate, type Operation } from './history.ts';
import { judgeRegister } from './register.ts';

/** A coordinate at which something cannot have been. */
export interface Violation {
  readonly coordinate: Coordinate;
  /** What, in words. */
  readonly what: string;
}

/**
 * Judges a whole history: at each coordinate, what was read must be what was acknowledged last, or something that was
 * under way then. A coordinate that got an `insert` is one that only ever got those.
 */
export function judge(operations: readonly Operation[]): readonly Violation[] {
  return Array.from(byCoordinate(operations)).flatMap(([coordinate, own]) => {
    const appended = own.some(({ action }) => action.kind === 'insert');
    const what = appended ? judgeAppended(own) : judgeRegister(own);
    return what === undefined ? [] : [{ coordinate, what }];
  });
}

/** How many writes of a history were acknowledged. */
export function acknowledged(operations: readonly Operation[]): number {
  return operations.filter(({ action, end }) => action.kind !== 'select' && end !== undefined).length;
}
