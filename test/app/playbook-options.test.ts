import { expect, it } from 'vitest';
import { playbookOptions } from '../../src/app/playbook-options.ts';
import type { RolloutPlaybook } from '../../src/domain/playbook.ts';
import { parsePlaybook } from '../../src/inventory/playbook.ts';

function rollout(text: string): RolloutPlaybook {
  const playbook = parsePlaybook(`kind: rollout\nversion: 0.5.2\n${text}`, 'rollout.yaml');
  if (playbook.kind !== 'rollout') throw new Error('not a rollout');
  return playbook;
}

it('gives every option of a playbook to the plan', () => {
  const options =
    'options: { canary: 25%, maxParallel: 3, budget: 2, bakeSeconds: 0, deadmanSeconds: 60, onFailure: all }';
  expect(playbookOptions(rollout(`${options}\nhosts: [lilly]\ntags: [wsl]`))).toEqual({
    canary: { kind: 'percent', percent: 25 },
    maxParallel: 3,
    budget: { kind: 'count', count: 2 },
    bakeSeconds: 0,
    deadmanSeconds: 60,
    onFailure: 'all',
    hosts: ['lilly'],
    tags: ['wsl'],
  });
});

it('leaves to the defaults what is not given', () => {
  expect(playbookOptions(rollout(''))).toEqual({ hosts: [], tags: [] });
});

it.each([
  ['canary', true],
  ['canary', 'many'],
  ['maxParallel', '3'],
  ['onFailure', 'never'],
  ['speed', 1],
])('refuses %s %j', (name, value) => {
  const playbook = { ...rollout(''), options: { [name]: value } };
  expect(() => playbookOptions(playbook)).toThrow(
    expect.objectContaining({
      code: 'playbook-invalid',
      message: expect.stringContaining(`options.${name}`),
    }),
  );
});
