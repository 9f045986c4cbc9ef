import type { Finding } from '../../domain/finding.ts';
import type { CheckPorts, Subject } from '../subject.ts';
import { liveFindings } from './live.ts';
import { type IntegrityWish, scratchFindings } from './scratch-trials.ts';

/**
 * Whether an instance keeps what it is given: its files and its memory are looked at and left as they are, and its own
 * program is tried on a scratch server. Never throws for what a host or SQ does.
 */
export async function integrity(
  subject: Subject,
  wish: IntegrityWish,
  ports: CheckPorts,
): Promise<readonly Finding[]> {
  const live = await liveFindings(subject, ports);
  return [...live, ...(await scratchFindings(subject, wish, ports))];
}
