import { expect, it } from 'vitest';
import { FreePorts } from '../../src/lab/ports.ts';
import { seededRandom } from './seeded-random.ts';

it('gives no port to two labs, though both count on the same seed', async () => {
  const [one, other] = [new FreePorts(seededRandom(5)), new FreePorts(seededRandom(5))];
  const ports = await Promise.all([one, other, one, other].map((free) => free.take()));
  expect(new Set(ports).size).toBe(4);
  for (const port of ports) expect(port).toBeLessThan(32_768);
  await other.release();
  await one.release();
  const again = new FreePorts(seededRandom(5));
  expect(ports).toContain(await again.take());
  await again.release();
});
