import { expect, test } from 'vitest';
import type { Target } from '../../src/domain/artifact.ts';
import type { DriftState } from '../../src/domain/drift.ts';
import type { Observation } from '../../src/domain/observation.ts';
import type { HostSpec } from '../../src/domain/ranch.ts';
import { driftOf } from '../../src/plan/drift.ts';
import {
  ARTIFACT,
  binary,
  host,
  NEW,
  NEWER,
  OLD,
  OTHER,
  reached,
  server,
  stopped,
  TARGET,
  UNPINNED,
  unreachable,
  v,
} from './given.ts';

const runs = (sha256: typeof OLD, version?: string) =>
  ({ sha256, ...(version === undefined ? {} : { version: v(version) }) }) as const;
const bareWord = { kind: 'unsupported', reason: 'it runs in a shell loop' } as const;
const silent: Target = { version: v('0.5.1'), artifacts: [{ ...ARTIFACT, version: v('0.5.1') }] };

interface Row {
  readonly name: string;
  readonly spec?: Partial<HostSpec>;
  readonly seen: Observation | undefined;
  readonly target?: Target;
  readonly state: DriftState;
  readonly reason: RegExp;
}

const rows: readonly Row[] = [
  {
    name: 'pinned sha',
    seen: reached('a', { servers: [server({ running: runs(NEW, '0.5.2') })], binaries: [binary(NEW)] }),
    state: 'in-sync',
    reason: /^runs 0\.5\.2$/,
  },
  {
    name: 'version, unpinned',
    seen: reached('a', { servers: [server({ running: runs(OTHER, '0.5.2') })], binaries: [binary(OTHER)] }),
    target: UNPINNED,
    state: 'in-sync',
    reason: /^runs 0\.5\.2$/,
  },
  {
    name: 'an interpreted server, artifact for any platform',
    seen: reached('a', { servers: [server({ running: runs(NEW) })], binaries: [] }),
    target: { ...TARGET, artifacts: [{ ...ARTIFACT, platform: 'any' }] },
    state: 'in-sync',
    reason: /runs 0\.5\.2/,
  },
  {
    name: 'same version, other sha',
    seen: reached('a', { servers: [server({ running: runs(OTHER, '0.5.2') })], binaries: [binary(OTHER)] }),
    state: 'other-binary',
    reason: /another binary \(333333333333\) than the pinned one/,
  },
  {
    name: 'older',
    seen: reached('a', { servers: [server({ running: runs(OLD, '0.4.5') })] }),
    state: 'behind',
    reason: /^runs 0\.4\.5, target is 0\.5\.2$/,
  },
  {
    name: 'silent binary',
    seen: reached('a'),
    state: 'behind',
    reason: /0\.5\.1 or older \(it says no version\)/,
  },
  {
    name: 'silent binary, target 0.5.1 pinned',
    seen: reached('a'),
    target: silent,
    state: 'other-binary',
    reason: /not the pinned binary of 0\.5\.1/,
  },
  {
    name: 'silent binary, target 0.5.1 unpinned',
    seen: reached('a'),
    target: { ...silent, artifacts: [] },
    state: 'unknown',
    reason: /cannot be told/,
  },
  {
    name: 'silent binary, target 0.4.5',
    seen: reached('a'),
    target: { ...silent, version: v('0.4.5') },
    state: 'unknown',
    reason: /cannot be told/,
  },
  {
    name: 'newer',
    seen: reached('a', { servers: [server({ running: runs(NEWER, '0.5.6') })], binaries: [binary(NEWER)] }),
    state: 'ahead',
    reason: /0\.5\.6, newer than the target 0\.5\.2/,
  },
  {
    name: 'prerelease of the target',
    seen: reached('a', { servers: [server({ running: runs(OTHER, '0.5.2-rc.1') })] }),
    state: 'behind',
    reason: /0\.5\.2-rc\.1/,
  },
  {
    name: 'no version at all',
    seen: reached('a', { servers: [server({ running: runs(OTHER, 'banana') })], binaries: [] }),
    state: 'unknown',
    reason: /"banana", which is not a version/,
  },
  {
    name: 'disk has the target',
    seen: reached('a', { servers: [server({ replaced: true })], binaries: [binary(NEW)] }),
    state: 'restart-needed',
    reason: /while the file on disk is 0\.5\.2 already/,
  },
  {
    name: 'unpinned, disk is another of that version',
    seen: reached('a', {
      servers: [server({ running: runs(OTHER, '0.5.2'), replaced: true })],
      binaries: [binary(NEW)],
    }),
    target: UNPINNED,
    state: 'restart-needed',
    reason: /on disk/,
  },
  {
    name: 'disk is not the target either',
    seen: reached('a', { servers: [server({ replaced: true })], binaries: [binary(OTHER)] }),
    state: 'behind',
    reason: /file on disk is 0\.5\.2 as another binary/,
  },
  {
    name: 'runs the target, a restart would take it back',
    seen: reached('a', {
      servers: [server({ running: runs(NEW, '0.5.2'), replaced: true })],
      binaries: [binary(OLD)],
    }),
    state: 'behind',
    reason: /^runs 0\.5\.2, while the file on disk is 0\.5\.1 or older/,
  },
  {
    name: 'runs the target, the disk cannot be judged',
    seen: reached('a', {
      servers: [server({ running: runs(NEW), replaced: true })],
      binaries: [binary(OTHER, { identity: runs(OTHER, 'x') })],
    }),
    state: 'in-sync',
    reason: /not a version/,
  },
  {
    name: 'runs the target, the file is gone',
    seen: reached('a', { servers: [server({ running: runs(NEW), replaced: true })], binaries: [] }),
    state: 'in-sync',
    reason: /no file is at .*sq any more/,
  },
  {
    name: 'frozen',
    seen: reached('a', { servers: [server({ state: 'T' })] }),
    state: 'behind',
    reason: /it is frozen/,
  },
  {
    name: 'a stopped service',
    seen: reached('a', { servers: [], stopped: [stopped()] }),
    state: 'stopped',
    reason: /unit sq\.service would start/,
  },
  {
    name: 'a stopped start of another kind',
    seen: reached('a', { servers: [], stopped: [stopped({ supervisor: { kind: 'bare' } })] }),
    state: 'stopped',
    reason: /a service would start/,
  },
  {
    name: 'only a binary',
    seen: reached('a', { servers: [] }),
    state: 'stopped',
    reason: /a binary is at \/usr\/local\/bin\/sq/,
  },
  {
    name: 'several binaries',
    seen: reached('a', { servers: [], binaries: [binary(OLD), binary(NEW, { path: '/x/sq' })] }),
    state: 'stopped',
    reason: /several binaries/,
  },
  {
    name: 'the named binary',
    spec: { instances: [{ port: 1337, binary: '~/sq' }] },
    seen: reached('a', { servers: [], binaries: [binary(OLD), binary(NEW, { path: '/root/sq' })] }),
    state: 'stopped',
    reason: /at \/root\/sq/,
  },
  {
    name: 'another binary than the named',
    spec: { instances: [{ port: 1337, binary: '/opt/sq' }] },
    seen: reached('a', { servers: [] }),
    state: 'not-installed',
    reason: /no SQ was found at \/opt\/sq/,
  },
  {
    name: 'nothing there',
    seen: reached('a', { servers: [], binaries: [] }),
    state: 'not-installed',
    reason: /^no SQ was found$/,
  },
  {
    name: 'nothing named, nothing there',
    spec: { instances: [] },
    seen: reached('a', { servers: [], binaries: [] }),
    state: 'not-installed',
    reason: /no SQ/,
  },
  {
    name: 'nothing named, a binary there',
    spec: { instances: [] },
    seen: reached('a', { servers: [] }),
    state: 'stopped',
    reason: /does not run/,
  },
  {
    name: 'nothing named: what is found is managed',
    spec: { instances: [] },
    seen: reached('a'),
    state: 'behind',
    reason: /runs/,
  },
  {
    name: 'nothing named: a stopped service beside a server',
    spec: { instances: [] },
    seen: reached('a', { stopped: [stopped({ port: 1338 }), stopped()] }),
    state: 'stopped',
    reason: /^port 1338: does not run/,
  },
  {
    name: 'a server that is not named',
    seen: reached('a', { servers: [server({ running: runs(NEW) }), server({ port: 1339 })], binaries: [] }),
    state: 'unmanaged',
    reason: /^port 1339: is not named by the inventory/,
  },
  { name: 'unreachable', seen: unreachable('a'), state: 'unreachable', reason: /no route to host/ },
  {
    name: 'expected to be absent',
    spec: { expect: 'absent' },
    seen: unreachable('a'),
    state: 'absent',
    reason: /expected to be absent/,
  },
  {
    name: 'expected to be absent, but there',
    spec: { expect: 'absent' },
    seen: reached('a'),
    state: 'behind',
    reason: /runs/,
  },
  {
    name: 'macOS',
    seen: reached('a', {
      platform: {
        os: 'darwin',
        arch: 'arm64',
        libc: 'unknown',
        wsl: false,
        key: 'darwin-arm64',
        release: '',
      },
    }),
    state: 'unsupported',
    reason: /darwin is not supported/,
  },
  {
    name: 'unsupported by the look',
    spec: { instances: [{ port: 1337, binary: '/b', dataDir: '/d' }] },
    seen: reached('a', { unsupported: 'there is no /proc' }),
    state: 'unsupported',
    reason: /no \/proc/,
  },
  {
    name: 'unsupported supervisor',
    seen: reached('a', { servers: [server({ supervisor: bareWord })] }),
    state: 'unsupported',
    reason: /cannot be restarted: it runs in a shell loop/,
  },
  {
    name: 'unsupported supervisor on the target',
    seen: reached('a', { servers: [server({ running: runs(NEW), supervisor: bareWord })], binaries: [] }),
    state: 'in-sync',
    reason: /could not restart it/,
  },
  { name: 'never looked at', seen: undefined, state: 'unknown', reason: /never looked at/ },
  {
    name: 'unreadable binary',
    seen: reached('a', { servers: [server({ running: { sha256: '' as typeof OLD } })] }),
    state: 'unknown',
    reason: /become: sudo/,
  },
];

test.each(rows)('$name: $state', ({ spec, seen, target, state, reason }) => {
  const drift = driftOf(host('a', spec), seen, target ?? TARGET);
  expect(drift.state).toBe(state);
  expect(drift.reason).toMatch(reason);
  expect(drift.observedAt).toBe(seen?.at ?? 0);
});
