import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { TRIED } from '../../../src/sq/contract/build.ts';
import { CONTRACT } from '../../../src/sq/contract/contract.ts';
import { ENDPOINTS } from '../../../src/sq/contract/endpoints.ts';
import { apiPage } from '../../../src/sq/contract/page.ts';
import { applies, defectOf } from '../../../src/sq/contract/row.ts';

const names = CONTRACT.map(({ name }) => name);

test('docs/sq-api.md is what the table gives: `node scripts/sq-api.mjs` writes it', async () => {
  const page = await readFile(fileURLToPath(new URL('../../../docs/sq-api.md', import.meta.url)), 'utf8');
  expect(page).toBe(apiPage());
});

test('each row has a name of its own, and is about some build', () => {
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  const about = (row: (typeof CONTRACT)[number]) => TRIED.some((build) => applies(row, build));
  expect(CONTRACT.filter((row) => !about(row))).toEqual([]);
  const had = (row: (typeof CONTRACT)[number]) => TRIED.some((build) => defectOf(row, build));
  expect(CONTRACT.filter((row) => row.defect && !had(row))).toEqual([]);
});

test('each endpoint names rows that are there', () => {
  expect(ENDPOINTS.flatMap(({ rows }) => rows).filter((row) => !names.includes(row))).toEqual([]);
});

test('each page and finding that names a row names one that is there', async () => {
  for (const file of ['hardening.md', 'upstream.md']) {
    const text = await readFile(fileURLToPath(new URL(`../../../docs/${file}`, import.meta.url)), 'utf8');
    const named = Array.from(text.matchAll(/\[([a-z0-9.-]+)\]\(sq-api\.md\)/g), ([, name]) => name ?? '');
    expect(named.filter((name) => name !== 'sq-api.md' && !names.includes(name))).toEqual([]);
    expect(named.length).toBeGreaterThan(5);
  }
});
