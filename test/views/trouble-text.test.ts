import { expect, test } from 'vitest';
import type { Trouble } from '../../src/domain/errors.ts';
import { PLAIN } from '../../src/views/style.ts';
import { troublesText, troubleText } from '../../src/views/trouble-text.ts';
import { TROUBLE } from './fixtures.ts';

const view = { width: 80, style: PLAIN };

function unknownKey(name: string): Trouble {
  return {
    code: 'host-key-unknown',
    place: name,
    message: `The host key of ${name} is not in known_hosts.`,
    remedy: `Compare its fingerprint: \`ranch trust ${name}\`.`,
  };
}

test('place, cause and remedy', () => {
  expect(troubleText(TROUBLE, view).join('\n')).toMatchInlineSnapshot(`
    "✗ halcyon-vector: proof-failed
      The staged binary answered toc with 500 on a copy of
      choose-your-own-adventure.
      → Register a binary linked with libphext 0.3.3: \`ranch artifact build 0.5.2\`."
  `);
});

test('the same trouble on many hosts is one block that names them', () => {
  const names = Array.from({ length: 40 }, (_, index) => `h${index + 1}`);
  expect(troublesText([TROUBLE, ...names.map(unknownKey)], view).join('\n')).toMatchInlineSnapshot(`
    "✗ halcyon-vector: proof-failed
      The staged binary answered toc with 500 on a copy of
      choose-your-own-adventure.
      → Register a binary linked with libphext 0.3.3: \`ranch artifact build 0.5.2\`.
    ✗ 40 hosts: host-key-unknown
      on h1, h2, h3, h4, h5, h6, h7, h8, h9, h10, h11, h12, h13, h14, h15, h16, h17,
         h18, h19, h20, h21, h22, h23, h24, h25, h26, h27, h28, h29, h30, h31, h32,
         h33, h34, h35, h36, h37, h38, h39, h40
      The host key of HOST is not in known_hosts.
      → Compare its fingerprint: \`ranch trust HOST\`."
  `);
});

test('of very many hosts it names some and counts the rest', () => {
  const names = Array.from({ length: 5_000 }, (_, index) => `h${index + 1}`);
  const text = troublesText(names.map(unknownKey), { ...view, width: Number.POSITIVE_INFINITY }).join('\n');
  expect(text).toContain('5,000 hosts');
  expect(text).toContain('and 4,940 more');
});

test('a host whose name is part of another word does not merge what differs', () => {
  const a: Trouble = { ...TROUBLE, place: 'h1', message: 'sees h10' };
  const b: Trouble = { ...TROUBLE, place: 'h2', message: 'sees h20' };
  expect(troublesText([a, b], view).join('\n')).toMatch(/h1: proof-failed[\s\S]*h2: proof-failed/);
});

test('a configuration error may have lines; what a host sends may not', () => {
  const message = 'first\nsecond';
  const usage = troubleText({ code: 'inventory-invalid', place: 'i.yaml:3:5', message, remedy: '' }, view);
  expect(usage).toEqual(['✗ i.yaml:3:5: inventory-invalid', '  first', '  second']);
  const remote = troubleText(
    { code: 'sq-error', place: 'h1', message: 'x\n✓ all is well', remedy: '' },
    view,
  );
  expect(remote).toEqual(['✗ h1: sq-error', '  x\\n✓ all is well']);
});
