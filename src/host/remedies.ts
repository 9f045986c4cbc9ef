import { ERROR_CODES, type ErrorCode, RanchError } from '../domain/errors.ts';

/** What to do about an error that a host script reports. */
const REMEDIES: Partial<Record<ErrorCode, string>> = {
  'permission-denied': 'Connect as the owner of the binary, or set `become: sudo` for this host.',
  'disk-full': 'Free space on that file system; nothing was changed.',
  'host-locked': 'Wait for the other controller, or for its lease to run out; `ranch history` names yours.',
  'token-stale': 'Another controller took over. Look at `ranch status` before you go on.',
  'acknowledgement-missing': 'Nothing was touched. Name a `keyFile` on the host that holds this key.',
  'input-needed': 'Nothing was touched. Name a `keyFile` on the host that holds its key.',
  'host-moved': 'Something else changed this host. Sweep and plan again.',
  'port-taken': 'Nothing was started. End that program, or give SQ another port in the inventory.',
  'host-unsupported': 'Run SQ as a systemd unit or as a plain process.',
  'upload-corrupt': 'Try again; if it stays, look at the network and at the memory of the host.',
  'proof-failed': 'Nothing was switched. Use a build that fits this host and its content.',
  unsaved:
    'Nothing was switched. Free space on the host and write any scroll, so that SQ writes the file anew; then try again.',
  'never-quiet': 'SQ wrote all the time: stop some of its clients and try again.',
  'timer-failed': 'Nothing was switched. Enable lingering for the user, or connect as root.',
  'switch-failed': 'Read the log of SQ on the host (`ranch logs HOST`).',
  'verify-failed': 'Read the log of SQ on the host (`ranch logs HOST`).',
  'confirm-lost': 'The host went back by itself before it could be confirmed. Look at `ranch history`.',
  'revert-failed': 'The old binary is under `.ranch/releases` beside the new one: put it back by hand.',
};

function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
}

/** A host script's error record as a `RanchError`; a code the program does not know becomes `host-answer-invalid`. */
export function reportedError(host: string, code: string, message: string): RanchError {
  const known = isErrorCode(code) ? code : 'host-answer-invalid';
  return new RanchError({
    code: known,
    place: host,
    message: message.slice(0, 500),
    remedy: REMEDIES[known] ?? 'Run the command again with -v and look at the host.',
  });
}
