import { sqBinary } from '../../rig/sq-binary.ts';
import { median } from '../measure.ts';
import { wallsOf } from '../process.ts';
import type { Row } from '../row.ts';

const ROUNDS = 5;

/** The smoke test of six instances with the real content, by a command of its own each time; it ends with 0 where all hold. */
export const smoke: Row = {
  id: 22,
  title: 'smoke of 6 real hosts as a whole process, against what one instance may take',
  needs: ['hosts', 'cyoa'],
  async run(site) {
    const six = await site.hosts();
    await six.serve(sqBinary('0.5.2'));
    const { inventory, stateDir } = await six.place();
    const ranch = [...site.ranch, '-i', inventory, '--state', stateDir, '--no-input'];
    await wallsOf([...ranch, 'artifact', 'add', sqBinary('0.5.2'), '--version', '0.5.2'], 1);
    const walls = await wallsOf([...ranch, 'smoke', '-q'], ROUNDS);
    const evidence = `median of ${ROUNDS}, from ${Math.min(...walls).toFixed(0)} to ${Math.max(...walls).toFixed(0)} ms`;
    return [{ what: 'wall', value: median(walls), unit: 'ms', atMost: 2_000, evidence }];
  },
};
