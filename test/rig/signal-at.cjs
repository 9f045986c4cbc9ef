// Loaded before the program: sends it signals, once, when it prints the record that SIGNAL_AT names, so many
// milliseconds after. From outside a signal can come when the program, or the host, is long past that moment.
const { signals, afterMs, ...wanted } = JSON.parse(process.env.SIGNAL_AT);
const write = process.stdout.write.bind(process.stdout);
let waiting = true;

function fits(line) {
  if (!line.startsWith('{')) return false;
  const record = JSON.parse(line);
  return Object.entries(wanted).every(([key, value]) => record[key] === value);
}

function send() {
  for (const signal of signals) process.kill(process.pid, signal);
}

process.stdout.write = (text, ...rest) => {
  const told = write(text, ...rest);
  if (waiting && String(text).split('\n').some(fits)) {
    waiting = false;
    if (afterMs === 0) send();
    else setTimeout(send, afterMs);
  }
  return told;
};
