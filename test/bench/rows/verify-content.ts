import { sqBinary } from '../../rig/sq-binary.ts';
import { median } from '../measure.ts';
import { wallsOf } from '../process.ts';
import type { Row } from '../row.ts';
import { PHEXT } from '../six-hosts.ts';

const ROUNDS = 5;
const HOST = 'h1';

/** Every coordinate of the real content read back through the API of a real host, by a command of its own each time. */
export const verifyContent: Row = {
  id: 21,
  title: 'content verify of all scrolls of the real CYOA on a host, the whole command',
  needs: ['hosts', 'cyoa'],
  async run(site) {
    const six = await site.hosts();
    await six.serve(sqBinary('0.5.2'), [HOST]);
    const { inventory, stateDir } = await six.place();
    const ranch = [...site.ranch, '-i', inventory, '--state', stateDir, '--no-input'];
    const verify = [...ranch, 'content', 'verify', HOST, '--phext', PHEXT, '--file', site.cyoa];
    const walls = await wallsOf(verify, ROUNDS);
    const evidence = `median of ${ROUNDS}, from ${Math.min(...walls).toFixed(0)} to ${Math.max(...walls).toFixed(0)} ms`;
    return [{ what: 'wall', value: median(walls), unit: 'ms', atMost: 3_000, evidence }];
  },
};
