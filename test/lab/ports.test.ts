import { expect, it } from 'vitest';
import scratch from '../../src/host/unit/scratch.sh';
import { FreePorts } from '../../src/lab/ports.ts';
import { seededRandom } from './seeded-random.ts';

/** `sport=$((20000 + ...` */
const FIRST_SCRATCH_PORT = Number(/sport=\$\(\((\d+) \+/.exec(scratch)?.[1]);

it('gives no port to two labs, though both count on the same seed, and none that a scratch server could have', async () => {
  const [one, other] = [new FreePorts(seededRandom(5)), new FreePorts(seededRandom(5))];
  const ports = await Promise.all([one, other, one, other].map((free) => free.take()));
  expect(new Set(ports).size).toBe(4);
  for (const port of ports) expect(port).toBeLessThan(FIRST_SCRATCH_PORT);
  await other.release();
  await one.release();
  const again = new FreePorts(seededRandom(5));
  expect(ports).toContain(await again.take());
  await again.release();
});
