/** The tail of `ranch --help`. Codes are those of `EXIT` in src/domain/errors.ts. */
export const MAIN_HELP = `
Examples:
  ranch lab demo                           see the main job on an embedded ranch
  ranch init && ranch trust                name your hosts, and record their keys
  ranch artifact build 0.5.2               make the binary; or: ranch artifact add FILE --version 0.5.2
  ranch sweep                              look at every host
  ranch plan 0.5.2 -o plan.json            what a rollout would do, and why
  ranch rollout --plan plan.json           do exactly that
  ranch resume                             go on after a pause, a Ctrl-C or a crash

Exit codes:
  0 ok              3 hosts unreachable     6 rolled back
  1 failed          4 locked                7 paused or inconclusive
  2 usage           5 drift found           130 interrupted

Data goes to stdout, talk to stderr. Ctrl-C once pauses a rollout after the step, twice stops it at once.
Options may stand before or after the command.
`;
