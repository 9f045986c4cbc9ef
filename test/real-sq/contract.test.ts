import { rm } from 'node:fs/promises';
import { afterAll } from 'vitest';
import { standIns } from '../lab/stand-in-subject.ts';
import { REAL } from './binaries.ts';
import { contractSuite } from './contract-suite.ts';

const { dir, subjects } = await standIns(['0.5.1', '0.5.2', '0.5.2 on libphext 0.3.0', '0.5.6']);
afterAll(() => rm(dir, { recursive: true, force: true }));

for (const subject of subjects) {
  // What 0.5.3 and newer limit is no part of the stand-in.
  contractSuite(
    subject,
    () => subject.binary,
    ({ heavy }) => heavy !== true,
  );
}
for (const { known, binary } of REAL) contractSuite(known, binary);
