// Loaded before the program: sends it a SIGINT, once, when it says the words of INTERRUPT_AT on standard error. From
// outside the same signal could come when the program is done.
const write = process.stderr.write.bind(process.stderr);
let waiting = true;
process.stderr.write = (text, ...rest) => {
  const told = write(text, ...rest);
  if (waiting && String(text).includes(process.env.INTERRUPT_AT)) {
    waiting = false;
    process.kill(process.pid, 'SIGINT');
  }
  return told;
};
