import type { ClientChannel } from 'ssh2';
import { numberIn } from './error-fields.ts';

/**
 * The smallest packets that a host may want for a channel. RFC 4253 asks every host to take 32 KiB. Into packets of
 * no byte at all ssh2 would cut a text without end, and into packets of one it would make a megabyte sixty.
 */
const MIN_PACKET_BYTES = 1024;

/** Whether a channel can be written to. ssh2 keeps what the host offered in a field of its own. */
export function isSound(channel: ClientChannel): boolean {
  return (numberIn(Reflect.get(channel, 'outgoing'), 'packetSize') ?? 0) >= MIN_PACKET_BYTES;
}
