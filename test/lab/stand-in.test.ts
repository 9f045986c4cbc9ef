import { rm } from 'node:fs/promises';
import { afterAll } from 'vitest';
import { contractSuite } from '../real-sq/contract-suite.ts';
import { standIns } from './stand-in-subject.ts';

const { dir, subjects } = await standIns(['0.5.1', '0.5.2']);
afterAll(() => rm(dir, { recursive: true, force: true }));

for (const subject of subjects)
  contractSuite(
    subject,
    () => subject.binary,
    ({ heavy }) => heavy !== true,
  );
