// Writes DIR/live.phext again and again, as SQ does: truncated, then in two halves, with the file open for most of the
// time. With `held` it opens the file and never closes it. Prints `ready` once it is under way.
const { openSync, writeSync, closeSync } = require('node:fs');
const [file, held] = process.argv.slice(2);
const nap = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

for (let round = 0; ; round++) {
  const fd = openSync(file, 'w');
  writeSync(fd, 'first half, ');
  if (round === 1) writeSync(1, 'ready\n');
  nap(4);
  if (held) {
    writeSync(1, 'ready\n');
    nap(1e9);
  }
  writeSync(fd, 'second half');
  closeSync(fd);
  nap(2);
}
