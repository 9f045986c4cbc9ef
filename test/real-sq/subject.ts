import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HttpReply, HttpRequest } from '../../src/domain/http.ts';
import { decodeReply, encodeRequest } from '../../src/sq/wire.ts';
import { type Exchange, exchange } from './exchange.ts';

/** An SQ under test: a real one, or the lab's stand-in. */
export interface Subject {
  readonly name: string;
  readonly version: '0.5.1' | '0.5.2' | '0.5.6';
  /** The library it was linked with. */
  readonly libphext: '0.3.0' | '0.3.3';
  readonly binary: string;
}

const STARTS_WITHIN_MS = 20_000;

/** A subject that is running, in a folder of its own. */
export class RunningSq {
  readonly subject: Subject;
  readonly port: number;
  /** The working directory. */
  readonly cwd: string;
  /** Where the phext files are. */
  readonly dataDir: string;
  readonly #child: ChildProcess;
  #log = '';

  private constructor(subject: Subject, port: number, cwd: string, dataDir: string, child: ChildProcess) {
    this.subject = subject;
    this.port = port;
    this.cwd = cwd;
    this.dataDir = dataDir;
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#log += chunk.toString();
      });
    }
  }

  /** Starts `host PORT` with `args`; without `--data-dir` among them the data lies in the working directory. */
  static async start(
    subject: Subject,
    args: readonly string[] = ['--data-dir', 'data'],
    env: Readonly<Record<string, string>> = {},
  ): Promise<RunningSq> {
    const root = mkdtempSync(join(tmpdir(), 'ranch-sq-'));
    const cwd = join(root, 'cwd');
    mkdirSync(cwd);
    const port = await freePort();
    const child = spawn(subject.binary, ['host', String(port), ...args], {
      cwd,
      env: { ...process.env, RANCH_LAB: 'contract', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const running = new RunningSq(
      subject,
      port,
      cwd,
      args.includes('--data-dir') ? join(cwd, 'data') : cwd,
      child,
    );
    await running.#listening();
    return running;
  }

  async #listening(): Promise<void> {
    const deadline = setTimeout(() => this.#child.kill('SIGKILL'), STARTS_WITHIN_MS);
    while (!/istening on port/.test(this.#log)) {
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        throw new Error(`${this.subject.name} ended before it listened: ${this.#log}`);
      }
      await Promise.race([once(this.#child.stdout ?? this.#child, 'data'), once(this.#child, 'exit')]);
    }
    clearTimeout(deadline);
  }

  get log(): string {
    return this.#log;
  }

  get place(): string {
    return `127.0.0.1:${this.port}`;
  }

  async ask(request: HttpRequest): Promise<HttpReply> {
    const { bytes } = await exchange(this.port, encodeRequest(request));
    return decodeReply(bytes, 0, this.place);
  }

  /** Sends a request line as it is written, HTTP/1.1, with what headers and body follow. */
  async say(line: string, headers: readonly string[] = [], body = ''): Promise<HttpReply> {
    const length = `Content-Length: ${Buffer.byteLength(body)}`;
    const text = [`${line} HTTP/1.1`, 'Host: localhost', length, ...headers, '', body].join('\r\n');
    return decodeReply((await this.raw(text)).bytes, 0, this.place);
  }

  async raw(text: string, withinMs?: number): Promise<Exchange> {
    return await exchange(this.port, Buffer.from(text), withinMs);
  }

  async sendBytes(bytes: Uint8Array): Promise<Exchange> {
    return await exchange(this.port, bytes);
  }

  /** Runs the program itself, beside the server. */
  cli(...args: readonly string[]): { readonly stdout: string; readonly exitCode: number | null } {
    const ran = spawnSync(this.subject.binary, args, { cwd: this.cwd, encoding: 'utf8', timeout: 20_000 });
    return { stdout: ran.stdout, exitCode: ran.status };
  }

  /** Resolves to the exit code once the server has ended by itself. */
  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
    return this.#child.exitCode;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Kills the server and keeps its files. */
  async kill(): Promise<void> {
    if (!this.isRunning) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }

  /** Kills the server and removes its files. */
  async stop(): Promise<void> {
    await this.kill();
    rmSync(join(this.cwd, '..'), { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  server.close();
  await once(server, 'close');
  return port;
}
