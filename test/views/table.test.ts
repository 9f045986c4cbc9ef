import { expect, test } from 'vitest';
import { ink } from '../../src/views/line.ts';
import { makeStyle, PLAIN } from '../../src/views/style.ts';
import { type Column, table } from '../../src/views/table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'NAME', keep: 9, min: 6 },
  { title: 'SIZE', keep: 5, align: 'right' },
  { title: 'EXTRA', keep: 1, optional: true },
  { title: 'WHY', keep: 2, min: 5 },
];

const ROWS = [
  [['alpha'], ['12'], ['something'], ['because it is so']],
  [['日本語'], ['3,400'], ['x'], ['no']],
];

const at = (width: number, style = PLAIN): string => table(COLUMNS, ROWS, { width, style }).join('\n');

test('with room, every column is as wide as it needs', () => {
  expect(at(Number.POSITIVE_INFINITY)).toMatchInlineSnapshot(`
    "NAME     SIZE  EXTRA      WHY
    alpha      12  something  because it is so
    日本語  3,400  x          no"
  `);
});

test('without room, the least important column is cut first', () => {
  expect(at(38)).toMatchInlineSnapshot(`
    "NAME     SIZE  EXTRA      WHY
    alpha      12  something  because it …
    日本語  3,400  x          no"
  `);
});

test('an optional column goes before another is cut below its use', () => {
  expect(at(28)).toMatchInlineSnapshot(`
    "NAME     SIZE  WHY
    alpha      12  because it i…
    日本語  3,400  no"
  `);
});

test('a screen too narrow for anything still gets no line wider than it', () => {
  expect(at(9)).toMatchInlineSnapshot(`
    "NA…  …  …
    al…  …  …
    日…  …  …"
  `);
});

test('colour takes no columns', () => {
  const palette = Object.fromEntries(
    ['green', 'red', 'yellow', 'blue', 'magenta', 'cyan', 'gray', 'bold'].map((name) => [
      name,
      (text: string) => `<${name}>${text}</>`,
    ]),
  ) as unknown as NonNullable<Parameters<typeof makeStyle>[0]['palette']>;
  const view = { width: 20, style: makeStyle({ palette }) };
  const columns: readonly Column[] = [
    { title: 'A', keep: 1 },
    { title: 'B', keep: 2 },
  ];
  expect(table(columns, [[[ink('red', 'bad')], ['x']]], view)).toEqual([
    '<gray>A</>    <gray>B</>',
    '<red>bad</>  x',
  ]);
});
