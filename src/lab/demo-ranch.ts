import type { LabHostSpec } from './lab-spec.ts';

/** Small enough to copy and hash at once, large enough to be written in more than one piece. */
const CONTENT_BYTES = 300_000;

/**
 * The seven hosts of the demonstration, named after a real ranch: a canary; two servers on one binary; a bare process
 * in somebody's home; a binary that says the target's version and is another; one behind a jump host; one that is
 * absent; and the public one, in a zone of its own, with a key.
 */
export function demoRanch(): readonly LabHostSpec[] {
  const folder = (name: string) => ({ kind: 'folder', name }) as const;
  return [
    {
      name: 'aurora-continuum',
      sentinel: 'Phex',
      tags: ['canary'],
      version: '0.5.1',
      instances: [{ phext: 'choose-your-own-adventure', data: folder('sq'), bytes: CONTENT_BYTES }],
    },
    {
      name: 'halcyon-vector',
      sentinel: 'Cyon',
      version: '0.5.1',
      instances: [
        { phext: 'cyon', data: folder('main'), bytes: CONTENT_BYTES },
        { phext: 'relay', data: folder('relay'), bytes: CONTENT_BYTES },
      ],
    },
    {
      name: 'logos-prime',
      sentinel: 'Lux',
      version: '0.5.1',
      binary: 'home/.cargo/bin/sq',
      instances: [{ phext: 'lux', data: { kind: 'cwd', name: 'lux-data' }, bytes: CONTENT_BYTES }],
    },
    {
      name: 'chrysalis-hub',
      sentinel: 'Chrys',
      version: '0.5.2',
      otherBinary: true,
      instances: [{ phext: 'chrys', data: folder('sq'), bytes: CONTENT_BYTES }],
    },
    {
      name: 'lilly',
      sentinel: 'Lumen',
      tags: ['wsl'],
      jump: 'aurora-continuum',
      version: '0.5.1',
      instances: [{ phext: 'lumen', data: folder('sq'), bytes: CONTENT_BYTES }],
    },
    {
      name: 'aletheia-core',
      sentinel: 'Theia',
      expect: 'absent',
      version: '0.5.1',
      instances: [{ phext: 'theia', data: folder('sq'), bytes: CONTENT_BYTES }],
    },
    {
      name: 'mirrorborn.us',
      sentinel: 'Verse',
      zone: 'aws',
      after: ['lan'],
      version: '0.5.1',
      instances: [{ phext: 'verse', data: folder('sq'), bytes: CONTENT_BYTES, key: true }],
    },
  ];
}
