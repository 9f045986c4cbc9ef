#!/usr/bin/env node
import { readdirSync, readFileSync } from 'node:fs';
// The least that looks like SQ from outside: it says a version, listens on its port, and serves one read.
import { createServer } from 'node:http';

const VERSION = '0.0.0';
const [command, port, ...options] = process.argv.slice(2);
if (command === 'version') {
  console.log(VERSION);
} else if (command === 'host') {
  const at = options.indexOf('--data-dir');
  const dir = at === -1 ? process.cwd() : (options[at + 1] ?? '.');
  createServer((request, reply) => {
    const path = new URL(request.url ?? '/', 'http://sq').pathname;
    if (path === '/api/v2/version') reply.end(VERSION);
    else reply.end(readFileSync(`${dir}/${readdirSync(dir).find((name) => name.endsWith('.phext'))}`));
  }).listen(Number(port), '0.0.0.0', () => console.log(`listening on ${port}`));
}
