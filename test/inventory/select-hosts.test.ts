import { expect, test } from 'vitest';
import { parseInventory } from '../../src/inventory/inventory.ts';
import { type Selection, selectHosts } from '../../src/inventory/select-hosts.ts';

const ranch = parseInventory(
  'ranch: r\nhosts: { aurora: { tags: [canary, x] }, lilly: { tags: [wsl] }, logos: }\n',
  'i',
);

test.each<[Selection, string[]]>([
  [{}, ['aurora', 'lilly', 'logos']],
  [{ hosts: [], tags: [] }, ['aurora', 'lilly', 'logos']],
  [{ hosts: ['logos', 'aurora'] }, ['aurora', 'logos']],
  [{ hosts: ['logos, aurora', 'logos', ''] }, ['aurora', 'logos']],
  [{ tags: ['canary,wsl'] }, ['aurora', 'lilly']],
  [{ hosts: ['aurora', 'logos'], tags: ['canary'] }, ['aurora']],
])('%j', (selection, names) => {
  expect(selectHosts(ranch, selection).map((host) => host.name)).toEqual(names);
});

test.each<[Selection, string, RegExp]>([
  [{ hosts: ['auroar,zzz'] }, 'no-such-host', /^no host "auroar" \(did you mean "aurora"\?\), "zzz" in this/],
  [{ hosts: ['\u001b[1m'] }, 'no-such-host', /^no host "\\u001b\[1m" in/],
  [{ tags: ['canry'] }, 'no-such-tag', /did you mean "canary"\?/],
  [{ hosts: ['logos'], tags: ['wsl'] }, 'no-such-tag', /^of the hosts that are named none carries "wsl"$/],
])('refused: %j', (selection, code, message) => {
  expect(() => selectHosts(ranch, selection)).toThrow(
    expect.objectContaining({ code, place: 'i', message: expect.stringMatching(message) }),
  );
});
