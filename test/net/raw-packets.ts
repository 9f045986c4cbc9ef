import type { Connection } from 'ssh2';

/** The parts of ssh2's protocol object that hostile servers reach into. */
interface Protocol {
  readonly _cipher: { encrypt(packet: Buffer): void };
  readonly _packetRW: {
    readonly write: {
      readonly allocStart: number;
      alloc(size: number): Buffer;
      finalize(packet: Buffer): Buffer;
    };
  };
  readonly _hostKeys: Record<string, unknown>;
  channelOpenConfirm(remote: number, local: number, window: number, packetSize: number): void;
}

function isProtocol(value: unknown): value is Protocol {
  return typeof value === 'object' && value !== null && '_packetRW' in value && '_cipher' in value;
}

/** What speaks for a connection at the server's end. */
export function protocolOf(connection: Connection): Protocol {
  const protocol: unknown = Reflect.get(connection, '_protocol');
  if (!isProtocol(protocol)) throw new Error('ssh2 keeps its protocol elsewhere now');
  return protocol;
}

/** Sends a payload as one packet, whatever it says, and whatever state the connection is in. */
export function sendRaw(connection: Connection, payload: Buffer): void {
  const { _packetRW: packets, _cipher: cipher } = protocolOf(connection);
  const packet = packets.write.alloc(payload.length);
  packet.set(payload, packets.write.allocStart);
  cipher.encrypt(packets.write.finalize(packet));
}

const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** A payload: a message's number, then numbers of 32 bits, texts with their length before them, and single bytes. */
export function payload(
  message: number,
  ...fields: readonly (number | string | Buffer | { readonly byte: number })[]
): Buffer {
  const parts = fields.map((field) => {
    if (typeof field === 'number') return number(field);
    if (typeof field === 'object' && 'byte' in field) return Buffer.from([field.byte]);
    const text = Buffer.from(field);
    return Buffer.concat([number(text.length), text]);
  });
  return Buffer.concat([Buffer.from([message]), ...parts]);
}
