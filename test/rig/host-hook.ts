import type { Rig } from './rig.ts';

/** What a host's scripts call to change something, and to find out whether they may. */
const CAUGHT = ['mv', 'cp', 'dd', 'mkdir', 'sync', 'sha256sum', 'setsid', 'tee', 'systemctl', 'systemd-run'];

/** Survives a power cut, as /tmp would not on every host. */
const FOLDER = '/var/tmp/ranch-hook';

/**
 * Stands before the real command in everybody's PATH: counts the calls, and does to one of them what was asked. It
 * becomes the real command, so that whoever asked for its pid has the right one.
 */
const HOOK = [
  '#!/bin/sh',
  `name=\${0##*/} at=0 how=`,
  `if [ -e ${FOLDER}/at ]; then`,
  `  echo "$name $*" >>${FOLDER}/calls`,
  `  IFS='|' read -r how at <${FOLDER}/at`,
  `  now="$(/usr/bin/wc -l <${FOLDER}/calls)"`,
  // a number is a call's place, a pattern is looked for in the call itself
  `  case $at in *[!0-9]*) [ -e ${FOLDER}/reached ] || ! echo "$name $*" | /usr/bin/grep -qe "$at" || now=$at ;; esac`,
  '  if [ "$now" = "$at" ]; then',
  `    echo "$name $*" >${FOLDER}/reached`,
  '    case $how in',
  '      fails) exit 1 ;;',
  '      hangs) exec /usr/bin/sleep 3600 ;;',
  `      waits) while [ -e ${FOLDER}/at ]; do /usr/bin/sleep .02; done ;;`,
  '    esac',
  '  fi',
  'fi',
  'exec "/usr/bin/$name" "$@"',
];

/** Catches what the scripts of ranch call on a host that has the usual tools under /usr/bin. */
export interface HostHook {
  /**
   * From now on calls are counted; the one with that number (from 1), or the first that a pattern of grep fits, fails,
   * hangs, or waits until it is let through. 0: all go through.
   */
  readonly catchCall: (at: number | string, how: 'fails' | 'hangs' | 'waits') => Promise<void>;
  /** The calls since then, each with its arguments. */
  readonly calls: () => Promise<readonly string[]>;
  /** The call that was caught; empty while there was none. */
  readonly reached: () => Promise<string>;
  /** Resolves when the call came; rejects after `seconds`. */
  readonly comes: (seconds: number) => Promise<void>;
  /** Lets everything through again. */
  readonly off: () => Promise<void>;
  readonly remove: () => Promise<void>;
}

export async function plantHook(rig: Rig, host: string): Promise<HostHook> {
  const lines = HOOK.map((line) => `'${line.replaceAll("'", "'\\''")}'`).join(' ');
  const files = CAUGHT.map((name) => `/usr/local/bin/${name}`).join(' ');
  const remove = `rm -rf ${files} ${FOLDER}`;
  await rig.run(
    host,
    `${remove}; mkdir -m 777 ${FOLDER} && for f in ${files}; do printf '%s\\n' ${lines} >$f && chmod 755 $f || exit 1; done`,
  );
  const run = (command: string) => rig.run(host, command);
  return {
    async catchCall(at, how) {
      await run(
        `cd ${FOLDER} && rm -f calls reached && : >calls && chmod 666 calls && echo '${how}|${at}' >at`,
      );
    },
    calls: async () => (await run(`cat ${FOLDER}/calls`)).split('\n'),
    reached: () => run(`cat ${FOLDER}/reached 2>/dev/null || true`),
    async comes(seconds) {
      await run(`timeout ${seconds} sh -c 'until [ -s ${FOLDER}/reached ]; do sleep .02; done'`);
    },
    async off() {
      await run(`rm -f ${FOLDER}/at`);
    },
    async remove() {
      await run(remove);
    },
  };
}

/** `count` numbers spread over 1..`of`, the first and the last not among them where fewer will do. */
export function spread(count: number, of: number): readonly number[] {
  if (count >= of) return Array.from({ length: of }, (_, at) => at + 1);
  return Array.from({ length: count }, (_, at) => Math.floor(((at + 0.5) * of) / count) + 1);
}

/**
 * `count` of the calls that were made since they are counted, by number: from the first that changes something for a
 * rollout. What comes before is the look on which the plan is made.
 */
export async function changingCalls(hook: HostHook, count: number): Promise<readonly number[]> {
  const calls = await hook.calls();
  const first = calls.findIndex((call) => call.startsWith('mkdir') && call.includes('/.ranch'));
  const before = Math.max(0, first);
  return spread(count, calls.length - before).map((at) => at + before);
}
