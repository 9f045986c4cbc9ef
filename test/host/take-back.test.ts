import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { FUNCTIONS, runText, SHELLS, temporaryFolder } from './sh.ts';

/** A disk without room: a file gets its name and none of its bytes. */
const FULL = `cp() {
  _short=0
  for _into; do :; done
  for _each; do
    case $_each in -* | "$_into") continue ;; esac
    _at=$_into; [ ! -d "$_into" ] || _at=$_into/\${_each##*/}
    : >"$_at"; [ ! -s "$_each" ] || _short=1
  done
  return $_short
}`;
/** Where SQ does not start on what was put in place. */
const NO_START = 'start_again() { why="switch-failed SQ on port $1 did not start"; return 1; }';

describe.each(SHELLS)('%s: a phext that was to be replaced', (shell) => {
  const place = async () => {
    const folder = await temporaryFolder();
    const sent = join(folder, '.ranch', 'restore-2');
    await mkdir(sent, { recursive: true });
    await writeFile(join(folder, 'one.phext'), 'what is there');
    await writeFile(join(folder, 'two.phext'), 'what is left alone');
    await writeFile(join(sent, 'one.phext'), 'what was sent');
    const replace = (verb: 'restore' | 'deploy', fault: string) => {
      const text = [
        FUNCTIONS,
        fault,
        'bin=$2/sq d=$2/.ranch nl="\n" tab="\t" verb=$1 a_token=2 why= now=0 down=0',
        'hush() { was=7 tries=1; }; quiet_end() { :; }; came_up() { echo "came up"; }',
        '"$1_instance" 1337 7 1 bare - root "$2" -; echo "$why"',
      ];
      return runText(shell, text.join('\n'), [verb, folder]);
    };
    const holds = (name: string) => readFile(join(folder, `${name}.phext`), 'utf8');
    return { folder, replace, holds };
  };

  test('is whole where the disk has no room to keep it, and SQ runs on it again', async () => {
    const { folder, replace, holds } = await place();
    const { out } = await replace('restore', FULL);
    expect(out).toMatch(/^came up\ndisk-full no room to keep .*; the old content is back\n$/);
    expect(await holds('one')).toBe('what is there');
    expect(await holds('two')).toBe('what is left alone');
    expect(await readdir(join(folder, '.ranch', 'snapshots'))).toEqual([]);
  });

  test.each(['restore', 'deploy'] as const)('is back, without a copy, where a %s fails', async (verb) => {
    const { replace, holds } = await place();
    const { out } = await replace(
      verb,
      `${NO_START}\nexchange() { rm -f "$d/tmp.new"; mv "$2/.ranch/restore-2/one.phext" "$2"; ${FULL}; }`,
    );
    expect(out).toMatch(/came up\nswitch-failed SQ on port 1337 did not start; the old content is back\n$/);
    expect(await holds('one')).toBe('what is there');
    expect(await holds('two')).toBe('what is left alone');
  });
});
