import { expect, test } from 'vitest';
import { Secret } from '../../src/domain/secret.ts';
import { jsonLines } from '../../src/views/json-lines.ts';

test('one record a line, what it is first, then keys by name at every depth', () => {
  expect(jsonLines([{ b: 1, a: { z: [{ y: 1, x: 2 }], type: 't' }, kind: 'k' }, {}])).toEqual([
    '{"kind":"k","a":{"type":"t","z":[{"x":2,"y":1}]},"b":1}',
    '{}',
  ]);
});

test('no escape sequence is raw, and the value is kept', () => {
  const record = { text: '\x1b[31m\x9b\u202e\x7f🤠' };
  const [line = ''] = jsonLines([record]);
  expect(line).toBe('{"text":"\\u001b[31m\\u009b\\u202e\\u007f🤠"}');
  expect(JSON.parse(line)).toEqual(record);
});

test('a secret redacts itself', () => {
  expect(jsonLines([{ key: new Secret('hunter2') }])).toEqual(['{"key":"[redacted]"}']);
});
