import type { Finding } from '../../domain/finding.ts';
import type { Verdict } from '../../domain/verdict.ts';
import { finding, unasked } from '../finding.ts';
import type { CheckPorts, Subject } from '../subject.ts';

/** One question as a finding; what is thrown is told as one that could not be asked. Rejects only after an interruption. */
export async function taken(
  { spec, instance, place }: Subject,
  { clock, signal }: CheckPorts,
  check: string,
  asked: string,
  ask: () => Promise<Verdict>,
): Promise<Finding> {
  const at = { host: spec.name, port: instance.port };
  const started = clock.monotonic();
  const took = () => clock.monotonic() - started;
  try {
    const verdict = await ask();
    return finding(at, check, asked, verdict, took());
  } catch (error) {
    signal?.throwIfAborted();
    return finding(at, check, asked, unasked('high', error, place), took());
  }
}
