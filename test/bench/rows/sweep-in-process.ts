import { readFile } from 'node:fs/promises';
import { lookAtHosts } from '../../../src/app/sweep.ts';
import { openWorkspace } from '../../../src/app/workspace.ts';
import { observeScript } from '../../../src/host/observe.ts';
import { commandLine } from '../../../src/ssh/command-line.ts';
import { sqBinary } from '../../rig/sq-binary.ts';
import { against, alternate, median, timed } from '../measure.ts';
import { bareLoop } from '../rivals/bare-ssh2.ts';
import type { Row } from '../row.ts';
import type { Place } from '../six-hosts.ts';

/** Looks at every host over a transport that was just made, and tells how long that took. */
async function look(place: Place): Promise<number> {
  const workspace = await openWorkspace({ ...place, asking: {}, sshConfig: 'none' });
  try {
    await workspace.store();
    return await timed(async () => {
      const { observations } = await lookAtHosts(workspace, workspace.ranch.hosts);
      for (const one of observations.values()) {
        if (one.kind !== 'reached' || one.servers.length !== 1) throw new Error(`${one.host} was not seen`);
      }
    });
  } finally {
    await workspace.close();
  }
}

/** A cold look at six hosts, against a bare ssh2 loop that runs the same script and checks no host key. */
export const sweepInProcess: Row = {
  id: 1,
  title: 'cold sweep of 6 real hosts in a process, against a bare ssh2 loop',
  needs: ['hosts', 'cyoa'],
  async run(site) {
    const six = await site.hosts();
    await six.serve(sqBinary('0.5.1'));
    const place = await six.place();
    const { ranch, close } = await openWorkspace({ ...place, asking: {} });
    await close();
    const [spec] = ranch.hosts;
    if (!spec) throw new Error('the inventory names no host');
    const command = commandLine(observeScript(spec, new Map()), '0123456789abcdef'.repeat(2), { kind: 'no' });
    const privateKey = await readFile(six.key);
    const logins = six.names.map((name) => ({ host: six.rig.address(name), username: 'root', privateKey }));
    const bare = async (): Promise<void> => {
      const outputs = await bareLoop(logins, command);
      if (!outputs.every((output) => output.includes('\nend')))
        throw new Error('the bare loop saw too little');
    };
    const took = await alternate(
      { ranch: () => look(place), bare: () => timed(bare) },
      { rounds: 21, warmUps: 2 },
    );
    const [ours, theirs] = [took('ranch'), took('bare')];
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
