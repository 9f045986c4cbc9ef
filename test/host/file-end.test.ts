import { expect, test } from 'vitest';
import type { HostName } from '../../src/domain/brand.ts';
import type { Shell } from '../../src/domain/ports.ts';
import type { HostSpec } from '../../src/domain/ranch.ts';
import { endsWhole } from '../../src/host/file-end.ts';

const SPEC: HostSpec = {
  name: 'h1' as HostName,
  address: 'h1',
  jump: [],
  tags: [],
  zone: 'lan',
  expect: 'present',
  after: [],
  instances: [],
};

/** A host on which the file ends with these bytes, one look after the other; empty where there is no file. */
function hostWith(ends: readonly string[]): { readonly shell: Shell; readonly left: () => number } {
  const looks = [...ends];
  const shell: Shell = {
    async run() {
      const end = looks.shift();
      if (end === undefined) throw new Error('looked once more');
      const stdout = Buffer.from(end === '' ? 'end\n' : `tail\t9\t${end}\nend\n`);
      return { exitCode: 0, stdout, stderr: '', tookMs: 0 };
    },
    openTcp: () => Promise.reject(new Error('not asked for')),
  };
  return { shell, left: () => looks.length };
}

const WHOLE = Buffer.from('abc✓').subarray(-4).toString('hex');
const CUT = Buffer.from('abc✓').subarray(0, -1).subarray(-4).toString('hex');

test.each([
  ['whole', [WHOLE], true],
  ['met while it was written', [CUT, WHOLE], true],
  ['cut for good', [CUT, CUT, CUT], false],
  ['not there', [''], false],
])('a file that is %s', async (_what, ends, whole) => {
  const { shell, left } = hostWith(ends);
  expect(await endsWhole(shell, SPEC, '/srv/sq', 'story')).toBe(whole);
  expect(left()).toBe(0);
});
