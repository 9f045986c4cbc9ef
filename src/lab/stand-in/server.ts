import type * as Fs from 'node:fs';
import type { Server, Socket } from 'node:net';
import { carryOut, MUTATIONS } from './commands.ts';
import { createLock } from './lock.ts';
import { createMemory, type Memory } from './memory.ts';
import { Panic } from './panic.ts';
import { lenientCoordinate } from './place.ts';
import { received } from './received.ts';
import { isAllowed, type Request } from './request.ts';
import { fileOf, routeOf } from './routes.ts';
import type { Traits } from './traits.ts';

/** What the server was started with. */
export interface Settings {
  readonly key: string | undefined;
  readonly dataDir: string | undefined;
  readonly traits: Traits;
}

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  413: 'Payload Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

const PREFLIGHT = [
  'HTTP/1.1 204 No Content',
  'Access-Control-Allow-Origin: *',
  'Access-Control-Allow-Methods: GET, POST, OPTIONS',
  'Access-Control-Allow-Headers: Authorization, Content-Type',
  'Access-Control-Max-Age: 86400',
  '\r\n',
].join('\r\n');

const MAX_CONNECTIONS = 512;
const MAX_BODY_BYTES = 64 * 1024 * 1024;
const PATIENCE_MS = 32_000;

/** Answers connections as SQ does. */
export class SqServer {
  readonly #fs: typeof Fs;
  readonly #settings: Settings;
  readonly #traits: Traits;
  readonly #die: (why: string) => void;
  readonly #memory: Memory;
  readonly #lock = createLock();
  #connections = 0;
  #open = 0;
  #poisoned = false;

  /** `die` ends the process, as a panic of 0.5.1 does. */
  constructor(fs: typeof Fs, settings: Settings, die: (why: string) => void) {
    this.#fs = fs;
    this.#settings = settings;
    this.#traits = settings.traits;
    this.#die = die;
    this.#memory = createMemory(fs, settings.traits);
  }

  listenOn(server: Server): void {
    server.on('connection', (socket) => this.#accept(socket));
  }

  #accept(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    if (this.#traits.limited && this.#open >= MAX_CONNECTIONS) {
      this.#reply(socket, 503, 'Service Unavailable: connection limit reached');
      return;
    }
    this.#connections++;
    this.#open++;
    socket.on('close', () => {
      this.#open--;
    });
    if (this.#traits.limited) socket.setTimeout(PATIENCE_MS, () => socket.destroy());
    const id = this.#connections;
    const converse = (): Promise<void> => this.#converse(socket, id);
    // 0.5.1 has one thread: it does not even read a request before it has answered the one before.
    void (this.#traits.fragile ? this.#lock(converse) : converse());
  }

  async #converse(socket: Socket, id: number): Promise<void> {
    try {
      const request = await received(
        socket,
        this.#traits.limited ? MAX_BODY_BYTES : Number.POSITIVE_INFINITY,
      );
      if (request === 'too-large') this.#reply(socket, 413, `body too large (max ${MAX_BODY_BYTES})`);
      else if (request !== undefined) await this.#answer(socket, request, id);
      else if (this.#traits.fragile) throw new Panic('unexpected socket failure');
      else socket.destroy();
    } catch (error) {
      if (this.#traits.fragile || !(error instanceof Panic)) {
        this.#die(String(error));
        return;
      }
      process.stderr.write(`[#${id}] panic: ${error.message}\n`);
      this.#reply(socket, 500, 'Internal Server Error');
    }
  }

  async #answer(socket: Socket, request: Request, id: number): Promise<void> {
    const { fragile } = this.#traits;
    if (!fragile && request.head.startsWith('OPTIONS ')) return void socket.end(PREFLIGHT);
    if (!/^(GET|POST) /.test(request.head)) {
      if (fragile) return void socket.end('HTTP/1.1 400 Bad Request\r\n');
      return this.#reply(socket, 400, 'Bad Request');
    }
    if (!isAllowed(request.head, this.#settings.key)) return this.#reply(socket, 401, 'Unauthorized');
    if (fragile) process.stdout.write(`Request: ${request.head}\n`);
    if (request.ignored) return void socket.end();
    const file = fileOf(request.params.get('p') ?? '', this.#settings.dataDir);
    if (file === undefined) return this.#reply(socket, 403, 'Forbidden: invalid phext path');
    const command = routeOf(request.head) ?? (fragile ? '' : undefined);
    if (command === undefined) return this.#reply(socket, 404, 'Not Found');
    const work = (): Promise<string | Buffer> => this.#work(request, file, command, id);
    this.#reply(socket, 200, await (fragile ? work() : this.#lock(work)));
  }

  /** What needs the lock: hold the phext, carry the command out, write the file. */
  async #work(request: Request, file: string, command: string, id: number): Promise<string | Buffer> {
    if (this.#poisoned) throw new Panic('the lock is poisoned');
    try {
      this.#memory.hold(file, command === 'load' || command === 'json-export');
      const answer = await carryOut({
        command,
        connection: id,
        file,
        coordinate: lenientCoordinate(request.params.get('c') ?? ''),
        text: this.#textOf(request),
        limit: Number(request.params.get('limit') ?? 100) || 100,
        memory: this.#memory,
        traits: this.#traits,
        fs: this.#fs,
      });
      if (this.#traits.fragile || MUTATIONS.includes(command)) await this.#memory.save();
      return answer;
    } catch (error) {
      this.#poisoned = !this.#traits.recovers;
      throw error;
    }
  }

  /** The body of a POST; without one `s`, save that 0.5.1 takes a POST without a body for an empty text. */
  #textOf(request: Request): string {
    const posted = request.head.startsWith('POST ');
    if (posted && request.content !== undefined) return request.content;
    return posted && this.#traits.fragile ? '' : (request.params.get('s') ?? '');
  }

  #reply(socket: Socket, status: number, body: string | Buffer): void {
    const cors = this.#traits.fragile ? '' : 'Access-Control-Allow-Origin: *\r\n';
    const length = Buffer.byteLength(body);
    socket.write(`HTTP/1.1 ${status} ${REASONS[status]}\r\n${cors}Content-Length: ${length}\r\n\r\n`);
    socket.end(body);
  }
}
