import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { RanchError } from '../../src/domain/errors.ts';
import observe from '../../src/host/observe.sh';
import { parseObservation } from '../../src/host/parse-observation.ts';
import { host } from '../plan/given.ts';
import { runText, SHELLS } from './sh.ts';

const folder = mkdtempSync(join(tmpdir(), 'ranch-proc-'));
const PROGRAM = join(folder, 'sq');
writeFileSync(PROGRAM, '#!/bin/sh\necho 0.5.2\n', { mode: 0o755 });
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What stands in the key's place: it must not come back, whatever else a process says of itself. */
const KEY = 'canary-5f1e0c';

/** Bytes that a process can put into what the kernel shows of it, and texts that are cut or not there. */
const junk = fc.oneof(
  fc.constantFrom(
    '',
    '\n',
    '\t',
    '\u001b[2J',
    ') S 1 (',
    '(',
    '*',
    '$(id)',
    '`id`',
    '-n',
    '%s%n',
    '\\',
    "'",
    '"',
    '..',
  ),
  fc.constantFrom('99999999999999999999', '-1', 'x'.repeat(5_000), 'server\t1\t2', 'end', '\u0000', '\udfff'),
  fc.string({ unit: 'binary', maxLength: 12 }),
);

/** A text with something put in at a place, or cut there. */
function mangled(text: string): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant(text) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.nat(text.length), junk, fc.boolean())
        .map(([at, added, cut]) =>
          cut ? text.slice(0, at) + added : text.slice(0, at) + added + text.slice(at),
        ),
    },
  );
}

/** As the kernel shows a server that nobody meddled with. */
const SOUND = {
  comm: 'sq\n',
  cmdline: `sq\0host\x001337\0--key\0${KEY}\0`,
  stat: '104 (sq) S 1 104 104 0 -1 4194304 1 0 0 0 1 2 0 0 20 0 3 0 115412 9000000 552 18446744073709551615\n',
  status: 'Name:\tsq\nUid:\t0\t0\t0\t0\n',
  cgroup: '0::/system.slice/sq.service\n',
  exe: PROGRAM,
  fd: 'socket:[4711]',
};

const SOUND_TREE = {
  processes: [SOUND],
  boot: '291199fe-0000-4000-8000-000000000000\n',
  uptime: '1653.12 99.00\n',
  kernel: '6.1.0\n',
  tcp: `  sl  local_address rem_address   st
   0: 00000000:0539 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0
`,
};

interface Process {
  readonly comm: string;
  readonly cmdline: string;
  readonly stat: string;
  readonly status: string;
  readonly cgroup: string;
  readonly exe: string;
  readonly fd: string;
}

const cmdlines = fc.oneof(
  fc.constantFrom(
    `sq\0host\x001337\0--key\0${KEY}\0--data-dir\0/tmp\0`,
    `/usr/local/bin/sq\0host\x001337\0--key=${KEY}\0`,
    `node\0/opt/sq\0host\x001337\0--key\0${KEY}\0`,
  ),
  // a key is what follows `--key`, so nothing is put in between
  fc.tuple(junk, junk).map(([a, b]) => `sq\0host\x001337\0--key\0${KEY}\0${a}\0--data-dir\0/${b}\0`),
);

const process = fc.record<Process>({
  comm: mangled(SOUND.comm),
  cmdline: cmdlines,
  stat: mangled(SOUND.stat),
  status: mangled(SOUND.status),
  cgroup: mangled(SOUND.cgroup),
  exe: fc.constantFrom(PROGRAM, PROGRAM, '/nowhere/sq (deleted)', '/nowhere/other', ''),
  fd: fc.constantFrom('socket:[4711]', '/nowhere/a.phext', 'pipe:[1]'),
});

const tree = fc.record({
  processes: fc.array(process, { minLength: 1, maxLength: 4 }),
  boot: mangled(SOUND_TREE.boot),
  uptime: mangled(SOUND_TREE.uptime),
  kernel: mangled(SOUND_TREE.kernel),
  tcp: mangled(SOUND_TREE.tcp),
});

let trees = 0;

/** Lays a /proc down in a folder of its own. */
function laid({
  processes,
  boot,
  uptime,
  kernel,
  tcp,
}: typeof tree extends fc.Arbitrary<infer T> ? T : never): string {
  trees += 1;
  const proc = join(folder, String(trees), 'proc');
  for (const name of ['sys/kernel/random', 'net', 'self']) mkdirSync(join(proc, name), { recursive: true });
  writeFileSync(join(proc, 'sys/kernel/random/boot_id'), boot);
  writeFileSync(join(proc, 'sys/kernel/osrelease'), kernel);
  writeFileSync(join(proc, 'uptime'), uptime);
  writeFileSync(join(proc, 'net/tcp'), tcp);
  writeFileSync(join(proc, 'self/stat'), '1 (sh) R 0\n');
  writeFileSync(join(proc, 'self/status'), 'Uid:\t0\t0\t0\t0\n');
  for (const [index, { comm, cmdline, stat, status, cgroup, exe, fd }] of processes.entries()) {
    const own = join(proc, String(100 + index));
    mkdirSync(join(own, 'fd'), { recursive: true });
    for (const [name, text] of Object.entries({ comm, cmdline, stat, status, cgroup }))
      writeFileSync(join(own, name), text);
    writeFileSync(join(own, 'environ'), 'RANCH_SCOPE=host-scripts-test\0');
    if (exe !== '') symlinkSync(exe, join(own, 'exe'));
    symlinkSync(fd, join(own, 'fd', '4'));
    symlinkSync('/tmp', join(own, 'cwd'));
  }
  return proc;
}

test.each(SHELLS)(
  'whatever /proc says, a look under %s ends, tells no key, and is read or refused',
  async (shell) => {
    let read = 0;
    let servers = 0;
    await fc.assert(
      fc.asyncProperty(tree, async (one) => {
        const proc = laid(one);
        const { out } = await runText(shell, observe.replaceAll('/proc', proc));
        expect(out).not.toContain(KEY);
        try {
          const seen = parseObservation(host('h1'), Buffer.from(out), { at: 1, tookMs: 0 }, new Map());
          read += 1;
          servers += seen.servers.length;
        } catch (error) {
          expect(error).toBeInstanceOf(RanchError);
          expect(error).toMatchObject({ code: 'host-answer-invalid' });
        }
      }),
      { numRuns: 14, endOnFailure: true, examples: [[SOUND_TREE]] },
    );
    expect(read).toBeGreaterThan(0);
    expect(servers).toBeGreaterThan(0);
  },
);
