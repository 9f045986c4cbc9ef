import { sqBinary } from '../../rig/sq-binary.ts';
import { against, alternate, median } from '../measure.ts';
import { type Cost, costOf } from '../process.ts';
import type { Row } from '../row.ts';
import type { SixHosts } from '../six-hosts.ts';

/** 5: the hosts do not run the target, which is what a sweep of them says. */
const SWEPT: readonly number[] = [0, 5];

/** `true` on every host by OpenSSH, all at once. */
function xargs(six: SixHosts): Promise<Cost> {
  const options = ['BatchMode=yes', 'StrictHostKeyChecking=yes', `UserKnownHostsFile=${six.knownHosts}`];
  const ssh = ['ssh', '-i', six.key, ...options.flatMap((one) => ['-o', one])];
  const addresses = six.names.map((name) => `root@${six.rig.address(name)}`).join('\\n');
  return costOf(['bash', '-c', `printf '${addresses}\\n' | xargs -P32 -I{} "$@" {} true`, 'bash', ...ssh]);
}

/** The whole program, from its start to its end, against a login by OpenSSH. */
export const sweepProcess: Row = {
  id: 2,
  title: 'the same as a whole process, against `xargs -P32 ssh HOST true`',
  needs: ['hosts', 'cyoa'],
  async run(site) {
    const six = await site.hosts();
    await six.serve(sqBinary('0.5.1'));
    const { inventory, stateDir } = await six.place();
    const argv = [...site.ranch, '-i', inventory, '--state', stateDir, 'sweep', '-q'];
    const took = await alternate(
      { ranch: () => costOf(argv, { expected: SWEPT }), xargs: () => xargs(six) },
      { rounds: 21, warmUps: 1 },
    );
    const walls = [took('ranch'), took('xargs')].map((costs) => costs.map(({ wall }) => wall));
    const [ours = [], theirs = []] = walls;
    return [
      {
        what: 'wall',
        value: median(ours) / median(theirs),
        unit: 'x',
        atMost: 0.9,
        evidence: against(ours, theirs),
      },
    ];
  },
};
