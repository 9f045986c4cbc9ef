import { appendFile, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sqBinary } from '../../rig/sq-binary.ts';
import { watchAnswers } from '../answers.ts';
import { median, quantile } from '../measure.ts';
import { costOf } from '../process.ts';
import type { Row } from '../row.ts';

const SWITCHES = 20;
const HOST = 'h1';

/** How long a client is without an answer while SQ is replaced under systemd. */
export const downtime: Row = {
  id: 5,
  title: 'downtime of an instance under systemd, from the last answer to the first',
  needs: ['hosts', 'cyoa'],
  async run(site) {
    const six = await site.hosts();
    const one = sqBinary('0.5.2');
    // The same program with another sha256: what follows an ELF's last section is never read.
    const other = join(site.folder, 'sq-other');
    await copyFile(one, other);
    await appendFile(other, '\n');
    await six.serve(one, [HOST]);
    const { inventory, stateDir } = await six.place();
    const ranch = [...site.ranch, '-i', inventory, '--state', stateDir, '--no-input'];
    const gaps: number[] = [];
    for (let round = 0; round < SWITCHES; round++) {
      const binary = round % 2 === 0 ? other : one;
      await costOf([...ranch, 'artifact', 'add', binary, '--version', '0.5.2', '--replace']);
      const answers = watchAnswers(six.rig.address(HOST));
      await costOf([...ranch, 'rollout', 'v0.5.2', '--hosts', HOST, '--yes', '--bake', '0', '--plain']);
      const { longestGap, unanswered } = await answers.stop();
      if (unanswered === 0) throw new Error('a rollout that no client noticed has switched nothing');
      gaps.push(longestGap);
    }
    const evidence = `${SWITCHES} switches: median ${median(gaps).toFixed(0)} ms, longest ${Math.max(...gaps).toFixed(0)} ms`;
    return [{ what: 'p95', value: quantile(gaps, 0.95), unit: 'ms', atMost: 200, evidence }];
  },
};
