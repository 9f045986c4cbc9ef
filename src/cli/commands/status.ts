import { EXIT } from '../../domain/errors.ts';
import { selectHosts } from '../../inventory/select-hosts.ts';
import { jsonLine } from '../../views/json-lines.ts';
import { observationDetail } from '../../views/observation-detail.ts';
import { statusView } from '../../views/status-view.ts';
import type { Command } from '../door.ts';
import { tellOlder } from '../tell-older.ts';
import { tellUnfinished } from '../tell-unfinished.ts';
import { withWorkspace } from '../with-workspace.ts';

/** `ranch status [HOST]`: what is known, without looking; of one host everything. */
const command: Command<object> = (door, [host]) =>
  withWorkspace(door, async (workspace) => {
    const { ranch, clock } = workspace;
    const hosts = selectHosts(ranch, { hosts: host ? [host] : [] });
    const names = new Set(hosts.map(({ name }) => name));
    const store = await workspace.store();
    const drifts = store.latestDrift().filter((drift) => names.has(drift.host));
    const observations = store.latestObservations().filter(({ observation }) => names.has(observation.host));
    const view = { ...door.view, now: clock.now() };
    if (door.options.json) {
      door.print(observations.map((record) => jsonLine({ type: 'observation', ...record })));
      return EXIT.ok;
    }
    door.print(statusView({ ranch: { ...ranch, hosts }, drifts, observations }, view));
    if (host || door.options.verbose) {
      for (const { observation } of observations) door.print(['', ...observationDetail(observation, view)]);
    }
    tellOlder(
      door,
      store,
      observations.map(({ observation }) => observation),
    );
    for (const { host: held, until } of store.holds()) {
      if (names.has(held)) door.say([`${held} is on hold until ${new Date(until).toISOString()}.`]);
    }
    await tellUnfinished(door, workspace);
    return EXIT.ok;
  });

export default command;
