// Loaded before the program: ends it with SIGKILL at the point that KILL_AT names (`commit-before 7`, `commit-after 7`,
// `write-before 40`, `write-after 40`), counted from its start. Without one it counts: the points go to the file
// COUNT_TO as it exits.
const { writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { Socket } = require('node:net');

const [kind, nth] = (process.env.KILL_AT ?? ' 0').split(' ');
const counts = { commit: 0, write: 0 };

function at(point, count) {
  if (point === kind && count === Number(nth)) process.kill(process.pid, 'SIGKILL');
}

const Database = createRequire(process.argv[1])('better-sqlite3');
const { transaction } = Database.prototype;
Database.prototype.transaction = function (work) {
  const wrapped = transaction.call(this, work);
  const immediate = (...args) => {
    counts.commit += 1;
    const { commit } = counts;
    at('commit-before', commit);
    const result = wrapped.immediate(...args);
    at('commit-after', commit);
    return result;
  };
  return Object.assign((...args) => wrapped(...args), wrapped, { deferred: wrapped.deferred, immediate });
};

// Whatever is done to a host begins as bytes on a connection; afterwards the kernel has them, and they arrive.
for (const name of ['_write', '_writev']) {
  const real = Socket.prototype[name];
  Socket.prototype[name] = function (...args) {
    counts.write += 1;
    const { write } = counts;
    at('write-before', write);
    const done = args.pop();
    return real.call(this, ...args, (error) => {
      at('write-after', write);
      done(error);
    });
  };
}

const { COUNT_TO } = process.env;
if (COUNT_TO) process.on('exit', () => writeFileSync(COUNT_TO, JSON.stringify(counts)));
