import { sqBinary } from '../../rig/sq-binary.ts';
import { against, alternate, median } from '../measure.ts';
import { type Cost, costOf } from '../process.ts';
import { pythonRivals } from '../rivals/python-rivals.ts';
import type { Row } from '../row.ts';
import type { Site } from '../site.ts';

const ROUNDS = 5;

/** The whole rollout by ranch, from a state folder that knows the hosts' keys and the binary and nothing else. */
async function rollout(site: Site, binary: string): Promise<Cost> {
  const { place } = await site.hosts();
  const { inventory, stateDir } = await place();
  const ranch = [...site.ranch, '-i', inventory, '--state', stateDir, '--no-input'];
  await costOf([...ranch, 'artifact', 'add', binary, '--version', '0.5.2']);
  return costOf([...ranch, 'rollout', 'v0.5.2', '--yes', '--bake', '0', '--canary', '1', '--plain']);
}

/** The main job, against the two tools that people would take for it. */
export const rolloutRow: Row = {
  id: 4,
  title: 'rollout 0.5.1 -> 0.5.2 on 6 real hosts with the real CYOA',
  needs: ['hosts', 'cyoa', 'rivals'],
  async run(site) {
    const six = await site.hosts();
    const [old, fresh] = [sqBinary('0.5.1'), sqBinary('0.5.2')];
    const rivals = await pythonRivals(six, fresh, site.folder);
    const after = async (job: () => Promise<Cost>): Promise<Cost> => {
      await six.serve(old);
      return job();
    };
    const took = await alternate(
      {
        ranch: () => after(() => rollout(site, fresh)),
        ansible: () => after(rivals.ansible),
        pyinfra: () => after(rivals.pyinfra),
      },
      { rounds: ROUNDS, warmUps: 1 },
    );
    const of = (name: 'ranch' | 'ansible' | 'pyinfra', part: keyof Cost) =>
      took(name).map((cost) => cost[part]);
    const ratio = (part: keyof Cost, rival: 'ansible' | 'pyinfra', what: string, atMost: number) => ({
      what,
      value: median(of('ranch', part)) / median(of(rival, part)),
      unit: 'x' as const,
      atMost,
      evidence: against(of('ranch', part), of(rival, part)),
    });
    return [
      ratio('wall', 'ansible', 'wall against Ansible', 0.15),
      ratio('cpu', 'ansible', "controller's CPU, Ansible", 0.25),
      ratio('wall', 'pyinfra', 'wall against pyinfra', 1.2),
    ];
  },
};
