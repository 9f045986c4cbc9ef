import type { Finding } from '../../domain/finding.ts';
import { broken, hazard, held, type Verdict } from '../../domain/verdict.ts';
import { capabilities } from '../../sq/capabilities.ts';
import { finding } from '../finding.ts';
import type { Subject } from '../subject.ts';

function keyVerdict({ server }: Subject): Verdict {
  if (server.hasKey) return held('it runs with --key');
  const advice =
    'Start it with `--key KEY` (a blank, no `=`), or let a firewall or a front keep all but its clients away.';
  return broken('high', 'no --key: whoever reaches the port may read, write and delete', advice);
}

function folderVerdict({ server }: Subject): Verdict {
  if (server.args.includes('--data-dir')) return held(`it keeps to ${server.dataDir}`);
  const got = `no --data-dir: p=../../x is read and written outside ${server.dataDir}, as ${server.user}`;
  const advice = 'Start it with `--data-dir DIR`.';
  // Behind a key only who has it can do so.
  return broken(server.hasKey ? 'high' : 'critical', got, advice);
}

function userVerdict({ server }: Subject): Verdict {
  if (server.uid !== 0) return held(`it runs as ${server.user}`);
  const advice =
    'Give it a user of its own (`User=` in its unit), who owns its data folder and nothing else.';
  return hazard('medium', 'it runs as root', advice);
}

function keyInLog({ version }: Subject): Verdict {
  if (capabilities(version).keepsKeyOutOfLog) return held('its version keeps the key out of its log');
  return hazard('high', 'its version prints the key into its log', 'Upgrade, then change the key.');
}

/** What can be told of a live server's safety without a request: by how it was started. */
export function posture(subject: Subject): readonly Finding[] {
  const at = { host: subject.spec.name, port: subject.instance.port };
  const { hasKey } = subject.server;
  return [
    finding(at, 'validate key', 'whether it was started with a key', keyVerdict(subject)),
    finding(at, 'validate data-dir', 'whether it was started with a data directory', folderVerdict(subject)),
    finding(at, 'validate user', 'as whom it runs', userVerdict(subject)),
    ...(hasKey ? [finding(at, 'validate key-in-log', 'where its key is written', keyInLog(subject))] : []),
  ];
}
