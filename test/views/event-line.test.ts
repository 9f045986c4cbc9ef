import { expect, test } from 'vitest';
import { eventLine } from '../../src/views/event-line.ts';
import { PLAIN } from '../../src/views/style.ts';
import { PLAN, script, TROUBLE } from './fixtures.ts';

test('every kind of event is one line with time, host, step and what', () => {
  const s = script();
  s.add({ type: 'rollout-started', plan: PLAN.hash, by: 'will@desk' });
  s.add({ type: 'wave-started', wave: 'canary' });
  s.done('lilly', ['lease'], { token: 12, ports: ['1337', '1339'] });
  s.begin('lilly', 'stage', 2);
  s.fail('lilly', 'prove', TROUBLE);
  s.end('lilly', 'failed', TROUBLE);
  s.add({ type: 'wave-ended', wave: 'canary' });
  s.add({ type: 'gate-answered', wave: 'canary', answer: 'inconclusive', reason: 'no answer in time' });
  s.add({ type: 'rollout-paused', reason: 'the gate was inconclusive' });
  s.add({ type: 'rollout-resumed', by: 'will@desk' });
  s.add({ type: 'rollout-aborted', reason: 'told to' });
  s.add({ type: 'rollout-ended', outcome: 'aborted' });
  expect(s.events.map((event) => eventLine(event, PLAIN)).join('\n')).toMatchInlineSnapshot(`
    "18:08:30 rollout r-01hx started by will@desk, plan c0ffee12c0ff
    18:08:30 wave canary started
    18:08:30 lilly lease begins /home/wbic1/.cargo/bin/sq
    18:08:30 lilly lease done token=12 ports=1337,1339
    18:08:30 lilly stage begins, attempt 2 /home/wbic1/.cargo/bin/sq
    18:08:30 lilly prove begins /home/wbic1/.cargo/bin/sq
    18:08:30 lilly prove failed: The staged binary answered toc with 500 on a copy of choose-your-own-adventure. (proof-failed) Register a binary linked with libphext 0.3.3: \`ranch artifact build 0.5.2\`.
    18:08:30 lilly ended failed /home/wbic1/.cargo/bin/sq: The staged binary answered toc with 500 on a copy of choose-your-own-adventure. (proof-failed) Register a binary linked with libphext 0.3.3: \`ranch artifact build 0.5.2\`.
    18:08:30 wave canary ended
    18:08:31 gate of wave canary: inconclusive, no answer in time
    18:08:31 rollout paused: the gate was inconclusive
    18:08:31 rollout r-01hx resumed by will@desk
    18:08:31 rollout aborted: told to
    18:08:31 rollout ended aborted"
  `);
});
