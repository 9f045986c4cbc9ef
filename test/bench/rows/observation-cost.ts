import { openWorkspace } from '../../../src/app/workspace.ts';
import { observeScript } from '../../../src/host/observe.ts';
import { quote, strip } from '../../../src/ssh/command-line.ts';
import { sqBinary } from '../../rig/sq-binary.ts';
import { median } from '../measure.ts';
import type { Row } from '../row.ts';

const LOOKS = 40;
const ROUNDS = 5;

/** Milliseconds of user and system time in what a shell's `times` says of its children: `0m1.20s 0m0.31s`. */
function childrenTime(times: string): number {
  const words = times.trim().split('\n').at(-1)?.split(' ') ?? [];
  const seconds = words.map((word) => {
    const found = /^(\d+)m([\d.]+)s$/.exec(word);
    if (!found) throw new Error(`\`times\` says ${JSON.stringify(times)}`);
    return Number(found[1]) * 60 + Number(found[2]);
  });
  return seconds.reduce((sum, one) => sum + one, 0) * 1000;
}

/** What a look costs the host, sshd and the login aside. */
export const observationCost: Row = {
  id: 3,
  title: 'CPU of one observation on a host',
  needs: ['hosts', 'cyoa'],
  async run(site) {
    const six = await site.hosts();
    await six.serve(sqBinary('0.5.2'), ['h1']);
    const { ranch, close } = await openWorkspace({ ...(await six.place()), asking: {} });
    await close();
    const [spec] = ranch.hosts;
    if (!spec) throw new Error('the inventory names no host');
    // Nothing is known of its binary, so that the look asks for the version as well.
    const { text, args } = observeScript(spec, new Map());
    const look = ['/bin/sh', '-c', strip(text), 'ranch', ...args].map(quote).join(' ');
    const loop = `i=0; while [ $i -lt ${LOOKS} ]; do ${look} >/dev/null; i=$((i + 1)); done; times`;
    const costs: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      costs.push(childrenTime(await six.rig.run('h1', `exec /bin/sh -c ${quote(loop)}`)) / LOOKS);
    }
    const evidence = `median of ${ROUNDS} times ${LOOKS} looks, ${costs.map((one) => one.toFixed(1)).join(', ')} ms`;
    return [{ what: 'user + system', value: median(costs), unit: 'ms', atMost: 25, evidence }];
  },
};
