#!/usr/bin/env node
// The least that looks like SQ from outside: it says a version, listens on its port, and serves one read. It is run
// under a name without `.js`, so it has no import statement: node then takes it whatever a package.json above says.
const VERSION = '0.0.0';
const [command, port, ...options] = process.argv.slice(2);

async function host() {
  const { createServer } = await import('node:http');
  const { readdirSync, readFileSync } = await import('node:fs');
  const at = options.indexOf('--data-dir');
  const dir = at === -1 ? process.cwd() : (options[at + 1] ?? '.');
  createServer((request, reply) => {
    const path = new URL(request.url ?? '/', 'http://sq').pathname;
    if (path === '/api/v2/version') reply.end(VERSION);
    else reply.end(readFileSync(`${dir}/${readdirSync(dir).find((name) => name.endsWith('.phext'))}`));
  }).listen(Number(port), '127.0.0.1', () => console.log(`listening on ${port}`));
}

if (command === 'version') console.log(VERSION);
else if (command === 'host') void host();
