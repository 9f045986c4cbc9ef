import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { countIntake } from '../../src/ssh/intake.ts';

/** What an honest connection costs besides its data: packets, renewed keys, room that is made. */
const ENCRYPTED = 40;
const RENEWAL = 2_000;

test('an honest transfer leaves nothing stray, however long it is, in whatever packets', () => {
  const stream = new PassThrough();
  const intake = countIntake(stream, () => undefined);
  for (const size of [1, 100, 32_768]) {
    for (let turn = 0; turn < 2_000; turn++) {
      const renewed = turn > 0 && (turn * size) % 1_000_000 < size && size > 1_000 ? RENEWAL : 0;
      stream.emit('data', Buffer.alloc(size + ENCRYPTED + renewed));
      intake.took(size);
    }
  }
  expect(intake.stray()).toBeLessThanOrEqual(0);
});

test('what nobody takes is stray, but for what waits in a channel and what an upload makes a host say', () => {
  const stream = new PassThrough();
  const beneath = countIntake(new PassThrough(), () => undefined);
  const totals: number[] = [];
  const intake = countIntake(stream, (total) => totals.push(total), beneath);
  stream.emit('data', Buffer.alloc(1_000));
  expect([intake.stray(), beneath.stray(), totals]).toEqual([1_000, -1_000 - 96 - 1_000 / 256, [1_000]]);
  const forget = intake.backlog(() => 300);
  expect([intake.stray(), intake.unread()]).toEqual([700, 300]);
  forget();
  intake.sent(1_000_000);
  expect(intake.stray()).toBeLessThan(0);
});

test('of a channel that nobody wants any more only so much counts as taken as was on its way', () => {
  const stream = new PassThrough();
  const channel = new PassThrough();
  const intake = countIntake(stream, () => undefined);
  const over = intake.follow(channel);
  const arrive = (): void => {
    const chunk = Buffer.alloc(64 * 1024);
    stream.emit('data', chunk);
    channel.emit('data', chunk);
  };
  for (let turn = 0; turn < 100; turn++) arrive();
  expect(intake.stray()).toBeLessThanOrEqual(0);
  over();
  for (let turn = 0; turn < 100; turn++) arrive();
  expect(intake.stray()).toBeGreaterThan(4 * 1024 * 1024);
});
