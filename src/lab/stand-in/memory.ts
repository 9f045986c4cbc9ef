import type * as Fs from 'node:fs';
import {
  type Coordinate,
  compareCoordinates,
  coordinateParts,
  LARGEST_PART,
  ORIGIN,
} from '../../sq/coordinate.ts';
import { implode, pathBetween, type Scroll, scrollsOf } from '../../sq/phext.ts';
import { Panic } from './panic.ts';
import type { Traits } from './traits.ts';

/** The one phext that SQ holds, and the way it gets from and to the disk. */
export interface Memory {
  readonly map: Map<Coordinate, Buffer>;
  /** Makes `file` the held phext; reads it when another was held, or when `again`. Throws `Panic`. */
  hold(file: string, again: boolean): void;
  /** The held phext as SQ would write it. Never answers for a coordinate beyond 999, as SQ does not. */
  imploded(): Promise<Buffer>;
  /** Truncates the file and writes it, in two parts with a moment between. */
  save(): Promise<void>;
}

/** As SQ writes it: the nine numbers, none beyond 999. */
function clamped(coordinate: Coordinate): Coordinate {
  return coordinate.replace(/\d{4,}/g, String(LARGEST_PART)) as Coordinate;
}

export function createMemory(fs: typeof Fs, traits: Traits): Memory {
  const map = new Map<Coordinate, Buffer>();
  let held = '';

  const imploded = async (): Promise<Buffer> => {
    const beyond = (coordinate: Coordinate): boolean =>
      coordinateParts(coordinate).some((part) => part > LARGEST_PART);
    // SQ pushes breaks for ever, its lock held; here nothing grows, but nothing answers any more either.
    if (!traits.clamps && Array.from(map.keys()).some(beyond)) await new Promise<never>(() => {});
    const scrolls = Array.from(map, ([place, bytes]): Scroll => ({ coordinate: clamped(place), bytes }));
    return Buffer.from(traits.emptyMoves ? implodedAsBefore(scrolls) : implode(scrolls));
  };

  return {
    map,
    hold(file, again) {
      if (!again && held === file) return;
      const bytes = readPhext(fs, file, traits);
      map.clear();
      for (const scroll of scrollsOf(bytes)) map.set(scroll.coordinate, Buffer.from(scroll.bytes));
      // An empty file is one empty scroll.
      if (map.size === 0) map.set(ORIGIN, Buffer.alloc(0));
      held = file;
    },
    imploded,
    async save() {
      const bytes = await imploded();
      try {
        await writeSlowly(fs, held, bytes, traits.writeMs);
      } catch (error) {
        // The answer is 200 all the same; 0.5.1 panics.
        if (traits.fragile) throw new Panic(`disk write failed for ${held}: ${String(error)}`);
        process.stderr.write(`disk write failed for ${held}: ${String(error)}\n`);
      }
    },
  };
}

/** As SQ wrote a phext before 0.5.3: an empty scroll is passed without its breaks being written. */
function implodedAsBefore(scrolls: readonly Scroll[]): Buffer {
  const pieces: Uint8Array[] = [];
  let here = coordinateParts(ORIGIN);
  for (const { coordinate, bytes } of scrolls.toSorted((a, b) =>
    compareCoordinates(a.coordinate, b.coordinate),
  )) {
    const parts = coordinateParts(coordinate);
    if (bytes.length > 0) pieces.push(pathBetween(here, parts), bytes);
    here = parts;
  }
  return Buffer.concat(pieces);
}

/** A file's bytes. Throws where it cannot be read, or is not UTF-8. */
export function readText(fs: typeof Fs, file: string): Buffer {
  const bytes = fs.readFileSync(file);
  new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  return bytes;
}

/** Creates what is not there: a ghost file for every name that was ever asked for. */
function readPhext(fs: typeof Fs, file: string, traits: Traits): Buffer {
  try {
    if (!fs.existsSync(file)) {
      if (traits.recovers) fs.mkdirSync(file.slice(0, file.lastIndexOf('/') + 1) || '.', { recursive: true });
      fs.writeFileSync(file, '');
    }
    return readText(fs, file);
  } catch (error) {
    if (!traits.recovers) throw new Panic(`Unable to open ${file}: ${String(error)}`);
    process.stderr.write(`Warning: Failed to read ${file} (creating empty): ${String(error)}\n`);
    return Buffer.alloc(0);
  }
}

async function writeSlowly(fs: typeof Fs, file: string, bytes: Buffer, ms: number): Promise<void> {
  const descriptor = fs.openSync(file, 'w');
  try {
    const half = bytes.length >> 1;
    fs.writeSync(descriptor, bytes, 0, half);
    await new Promise((resolve) => setTimeout(resolve, ms));
    fs.writeSync(descriptor, bytes, half);
  } finally {
    fs.closeSync(descriptor);
  }
}
