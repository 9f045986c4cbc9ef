import { EXIT, RanchError } from '../../domain/errors.ts';
import { selectHosts } from '../../inventory/select-hosts.ts';
import { jsonLine } from '../../views/json-lines.ts';
import type { Command } from '../door.ts';
import { withWorkspace } from '../with-workspace.ts';

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `2h`, `3d`, `now` or a date, as milliseconds since the epoch. Throws `usage`. */
export function untilOf(text: string, now: number): number {
  if (text === 'now') return now;
  const span = /^(\d{1,4})([mhd])$/.exec(text);
  const until = span ? now + Number(span[1]) * (UNITS[span[2] ?? ''] ?? 0) : Date.parse(text);
  if (Number.isFinite(until)) return until;
  throw new RanchError({
    code: 'usage',
    place: `--until ${text}`,
    message: 'is no time',
    remedy: 'Give a span or a date: 90m, 2h, 3d, 2026-12-01, 2026-12-01T18:00; `now` lifts the hold.',
  });
}

/** `ranch hold HOST --until T`: plans leave the host alone until then. A time that is past lifts the hold. */
const command: Command<{ readonly until: string }> = (door, [host = ''], { until }) =>
  withWorkspace(door, async (workspace) => {
    const [spec] = selectHosts(workspace.ranch, { hosts: [host] });
    const at = untilOf(until, workspace.clock.now());
    if (spec) (await workspace.store()).hold(spec.name, at);
    if (door.options.json) door.print([jsonLine({ type: 'hold', host, until: at })]);
    const past = at <= workspace.clock.now();
    door.say([
      past ? `${host} is no longer on hold.` : `${host} is on hold until ${new Date(at).toISOString()}.`,
    ]);
    return EXIT.ok;
  });

export default command;
