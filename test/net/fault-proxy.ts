import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { PlainSsh, type PlainStep } from './plain-ssh.ts';

/** What can happen to a connection, as data. */
export type Fault =
  /** Both ends get a RST. */
  | { readonly kind: 'reset' }
  /** Both ends stay open; nothing gets through any more. */
  | { readonly kind: 'blackhole' }
  /** The host's end is closed, and ours is not told. */
  | { readonly kind: 'half-open' }
  /** From now on so many bytes a second get through, each way. */
  | { readonly kind: 'drip'; readonly bytesPerSecond: number }
  /** Everything comes so much later, each way. */
  | { readonly kind: 'delay'; readonly ms: number };

/** How far a connection has come. The first four the proxy sees itself, the others the server's side tells. */
export type Step =
  | PlainStep
  | 'channel-open'
  | 'exec-request'
  | 'first-output'
  | 'exit-status'
  | 'forwarded-connection';

/** When it happens: at a step, or once exactly so many bytes went through, up (to the host) or down. */
export type Trigger = { readonly step: Step } | { readonly direction: 'up' | 'down'; readonly bytes: number };

/** One fault for the connections it is for: every one, or that of this number, from 0. */
export interface FaultPlan {
  readonly fault: Fault;
  readonly at: Trigger;
  readonly connection?: number;
}

/** What went through one connection. */
export interface Traffic {
  readonly up: number;
  readonly down: number;
}

/** A TCP proxy that does harm. */
export interface FaultProxy {
  readonly address: string;
  readonly port: number;
  /** Faults that were put in so far. */
  injected(): number;
  /** Each connection so far, in order. */
  traffic(): readonly Traffic[];
  /** The server's side says that a step is reached. */
  reach(step: Step): void;
  /** Replaces the plan for connections still to come; undefined does no harm any more. */
  plan(next: FaultPlan | undefined): void;
  close(): Promise<void>;
}

/** One direction of a connection: passes, swallows, drips or delays. */
class Lane {
  readonly #to: Socket;
  #fault: Fault | undefined;
  #waiting: Buffer[] = [];
  #timer: NodeJS.Timeout | undefined;
  bytes = 0;

  constructor(to: Socket) {
    this.#to = to;
  }

  take(chunk: Buffer): void {
    this.bytes += chunk.length;
    const fault = this.#fault;
    if (fault === undefined) this.#send(chunk);
    else if (fault.kind === 'delay') setTimeout(() => this.#send(chunk), fault.ms).unref();
    else if (fault.kind === 'drip') {
      this.#waiting.push(chunk);
      this.#timer ??= setInterval(() => this.#drip(), 1_000 / fault.bytesPerSecond).unref();
    }
  }

  suffer(fault: Fault): void {
    this.#fault = fault;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #drip(): void {
    const [first, ...rest] = this.#waiting;
    if (first === undefined) return;
    this.#send(first.subarray(0, 1));
    this.#waiting = first.length > 1 ? [first.subarray(1), ...rest] : rest;
  }

  #send(chunk: Buffer): void {
    if (!this.#to.destroyed) this.#to.write(chunk);
  }
}

/** Both directions of one connection, and the fault that waits for it. */
class Line {
  readonly up: Lane;
  readonly down: Lane;
  readonly #client: Socket;
  readonly #host: Socket;
  readonly #plan: FaultPlan | undefined;
  readonly #injected: () => void;
  #struck = false;

  constructor(client: Socket, host: Socket, plan: FaultPlan | undefined, injected: () => void) {
    this.#client = client;
    this.#host = host;
    this.#plan = plan;
    this.#injected = injected;
    this.up = new Lane(host);
    this.down = new Lane(client);
    const plain = new PlainSsh((step) => this.reach(step));
    client.on('data', (chunk) => this.#take(this.up, 'up', chunk));
    host.on('data', (chunk) => {
      for (const piece of plain.cut(chunk)) this.#take(this.down, 'down', piece);
    });
    for (const [from, to] of [
      [client, host],
      [host, client],
    ] as const) {
      from.on('error', () => undefined);
      from.once('end', () => this.#over(to));
      from.once('close', () => this.#over(to));
    }
    this.reach('connect');
  }

  reach(step: Step): void {
    if (this.#plan && 'step' in this.#plan.at && this.#plan.at.step === step) this.#strike(this.#plan.fault);
  }

  end(): void {
    this.up.stop();
    this.down.stop();
    this.#client.destroy();
    this.#host.destroy();
  }

  #take(lane: Lane, direction: 'up' | 'down', chunk: Buffer): void {
    const at = this.#plan?.at;
    const room = at && 'bytes' in at && at.direction === direction ? at.bytes - lane.bytes : Infinity;
    if (this.#plan === undefined || this.#struck || chunk.length < room) {
      lane.take(chunk);
      return;
    }
    lane.take(chunk.subarray(0, room));
    this.#strike(this.#plan.fault);
    if (chunk.length > room) lane.take(chunk.subarray(room));
  }

  #strike(fault: Fault): void {
    if (this.#struck) return;
    this.#struck = true;
    this.#injected();
    this.up.suffer(fault);
    this.down.suffer(fault);
    if (fault.kind === 'reset') {
      this.#client.resetAndDestroy();
      this.#host.resetAndDestroy();
    } else if (fault.kind === 'half-open') this.#host.destroy();
  }

  /** One end has gone: the other is told, unless a fault keeps that from it. */
  #over(other: Socket): void {
    const fault = this.#struck ? this.#plan?.fault.kind : undefined;
    const deaf = fault === 'half-open' && other === this.#client;
    if (!deaf && !(fault === 'blackhole' && other === this.#client)) other.end();
  }
}

/** Starts a proxy on a free port of `address`, in front of `host`:`port`. */
export async function startFaultProxy(
  to: { readonly host: string; readonly port: number },
  first?: FaultPlan,
  address = '127.0.0.1',
): Promise<FaultProxy> {
  const lines: Line[] = [];
  let injected = 0;
  let plan = first;
  const server = createServer({ noDelay: true }, (client) => {
    client.on('error', () => undefined);
    const mine = plan?.connection === undefined || plan.connection === lines.length ? plan : undefined;
    const host = connect({ ...to, noDelay: true });
    lines.push(
      new Line(client, host, mine, () => {
        injected += 1;
      }),
    );
  });
  server.listen(0, address);
  await once(server, 'listening');
  const bound = server.address();
  if (typeof bound !== 'object' || bound === null) throw new Error('the proxy has no port');
  return {
    address,
    port: bound.port,
    injected: () => injected,
    traffic: () => lines.map(({ up, down }) => ({ up: up.bytes, down: down.bytes })),
    reach: (step) => {
      for (const line of lines) line.reach(step);
    },
    plan: (next) => {
      plan = next;
    },
    async close() {
      server.close();
      for (const line of lines) line.end();
      await once(server, 'close');
    },
  };
}
