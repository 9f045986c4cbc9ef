import type { Version } from '../../domain/brand.ts';
import type { MailboxTally, MeshNode, MeshPair, MeshVerdict } from '../../domain/mesh.ts';

/** A pair that works and yet is not as it should be: what it reaches runs another version than the others. */
export function heldAgainst(pair: MeshPair, agreed: Version | undefined): MeshPair {
  const other = pair.state === 'ok' && pair.version !== undefined && pair.version !== agreed;
  return other ? { ...pair, state: 'wrong-version', got: `${pair.version}; most run ${agreed}` } : pair;
}

/**
 * What all of it comes to, and why. Hosts that the inventory expects to be absent do not count; clocks and content are
 * told and do not count either, since nothing carries content from host to host.
 */
export function meshVerdict(
  nodes: readonly MeshNode[],
  pairs: readonly MeshPair[],
  mail: MailboxTally | undefined,
): { readonly verdict: MeshVerdict; readonly why: string } {
  const counted = pairs.filter(({ state }) => state !== 'absent');
  const own = nodes.filter(({ state }) => state !== 'absent');
  const reaches = (pair: MeshPair): boolean => pair.state === 'ok' || pair.version !== undefined;
  const bad = counted.filter(({ state }) => state !== 'ok');
  const badHere = own.filter(({ state }) => state !== 'ok' && state !== 'forwarding-forbidden');
  const lost = mail === undefined ? 0 : mail.sent - mail.read;
  const works = counted.length > 0 ? counted.some(reaches) : own.some(({ state }) => state === 'ok');
  const why = [
    ...(bad.length > 0 ? [`${bad.length} of ${counted.length} ways do not hold`] : []),
    ...(bad.length === 0 && badHere.length > 0
      ? [`${badHere.length} of ${own.length} SQ do not answer`]
      : []),
    ...(lost > 0 ? [`${lost} of ${mail?.sent} messages were not read`] : []),
  ].join('; ');
  if (!works) return { verdict: 'down', why: why || 'there is nothing to reach' };
  if (why === '') return { verdict: 'full', why };
  const onlyAway = [...bad, ...badHere].every(({ state }) => state === 'host-down') && lost === 0;
  return { verdict: onlyAway ? 'partial' : 'degraded', why };
}
