import { expect, test } from 'vitest';
import { finishing } from '../../src/cli/maintaining.ts';

/** A terminal whose Ctrl-C ends the program where nobody listens. */
function terminal() {
  const handlers = new Set<() => void>();
  const said: string[] = [];
  const door = {
    io: {
      onInterrupt: (handler: () => void) => {
        handlers.add(handler);
        return () => void handlers.delete(handler);
      },
    },
    say: (lines: readonly string[]) => void said.push(...lines),
  };
  const press = (): string => {
    const heard = handlers.size > 0;
    for (const handler of [...handlers]) handler();
    return heard ? 'heard' : 'ended';
  };
  return { door, said, press };
}

test('the first Ctrl-C lets a change of a host end, the second ends the program', async () => {
  const { door, said, press } = terminal();
  const presses: string[] = [];
  const done = await finishing(door, async () => {
    presses.push(press(), press());
    return 'done';
  });
  expect(done).toBe('done');
  expect(presses).toEqual(['heard', 'ended']);
  expect(said).toEqual(['Finishing what is begun on the host; press Ctrl-C again to stop at once.']);
});

test('what is over listens to nobody, however it ended', async () => {
  const { door, press } = terminal();
  await finishing(door, async () => 1);
  expect(press()).toBe('ended');
  await expect(finishing(door, () => Promise.reject(new Error('lost')))).rejects.toThrow('lost');
  expect(press()).toBe('ended');
});
