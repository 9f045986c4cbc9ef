#!/usr/bin/env node
// The door. It loads the built program and nothing else: what it costs to start is paid by every command.
import module from 'node:module';

if (Number.parseInt(process.versions.node, 10) < 20) {
  console.error(`ranch: this is Node ${process.versions.node}, and ranch needs 20 or newer`);
  process.exit(2);
}
module.enableCompileCache?.(); // from Node 22.1 on
try {
  await import('../dist/main.js');
} catch (cause) {
  const { existsSync } = await import('node:fs');
  if (existsSync(new URL('../dist/main.js', import.meta.url))) throw cause;
  console.error(
    'ranch: this checkout is not built yet: run `npm run build` in it (after `npm ci`), or `npm start`',
  );
  process.exit(2);
}
