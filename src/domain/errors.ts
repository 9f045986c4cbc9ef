/** Exit codes of the command line. What each promises stands in the README. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  locked: 4,
  drift: 5,
  rolledBack: 6,
  paused: 7,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/**
 * Every error ranch can tell a user, with the exit code it leads to. User errors (usage, configuration) come
 * first, then what hosts do, then what this machine does. Code never matches an error by its text.
 */
export const ERROR_CODES = {
  // usage and configuration: nothing was touched
  usage: EXIT.usage,
  'inventory-invalid': EXIT.usage,
  'inventory-missing': EXIT.usage,
  'playbook-invalid': EXIT.usage,
  'no-such-host': EXIT.usage,
  'no-such-tag': EXIT.usage,
  'no-such-version': EXIT.usage,
  'no-such-rollout': EXIT.usage,
  'version-invalid': EXIT.usage,
  'artifact-missing': EXIT.usage,
  'artifact-invalid': EXIT.usage,
  'no-such-backup': EXIT.usage,
  'no-such-phext': EXIT.usage,
  'phext-invalid': EXIT.usage,
  'backup-invalid': EXIT.usage,
  'plan-invalid': EXIT.usage,
  'plan-stale': EXIT.usage,
  'plan-empty': EXIT.ok,
  'acknowledgement-missing': EXIT.usage,
  'input-needed': EXIT.usage,
  'illegal-transition': EXIT.usage,

  // connecting: the host was not changed
  unreachable: EXIT.unreachable,
  'host-booting': EXIT.unreachable,
  'connection-refused': EXIT.unreachable,
  'connection-lost': EXIT.unreachable,
  'name-unknown': EXIT.unreachable,
  'authentication-failed': EXIT.unreachable,
  'host-key-unknown': EXIT.unreachable,
  'host-key-changed': EXIT.unreachable,
  'host-key-revoked': EXIT.unreachable,
  'forwarding-forbidden': EXIT.failed,
  deadline: EXIT.unreachable,
  'answer-too-large': EXIT.failed,

  // acting on a host
  'sudo-refused': EXIT.failed,
  'permission-denied': EXIT.failed,
  'disk-full': EXIT.failed,
  'host-locked': EXIT.locked,
  'token-stale': EXIT.locked,
  'host-moved': EXIT.failed,
  'host-answer-invalid': EXIT.failed,
  'host-unsupported': EXIT.failed,
  'upload-corrupt': EXIT.failed,
  'proof-failed': EXIT.failed,
  'proof-impossible': EXIT.paused,
  unsaved: EXIT.paused,
  'timer-failed': EXIT.failed,
  'never-quiet': EXIT.failed,
  'switch-failed': EXIT.failed,
  'verify-failed': EXIT.failed,
  'confirm-lost': EXIT.rolledBack,
  'revert-failed': EXIT.failed,
  'port-taken': EXIT.failed,
  'sq-error': EXIT.failed,

  // this machine
  'state-locked': EXIT.locked,
  'store-corrupt': EXIT.failed,
  'store-newer': EXIT.failed,
  'store-failed': EXIT.failed,
  'build-failed': EXIT.failed,
  'file-failed': EXIT.failed,
  interrupted: EXIT.interrupted,
  internal: EXIT.failed,
} as const satisfies Record<string, ExitCode>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** What a user is told: where, what went wrong, what to do about it. */
export interface Trouble {
  readonly code: ErrorCode;
  /** The place: a host, a file with line and column, a setting. Empty when there is none. */
  readonly place: string;
  /** What went wrong, one sentence, without the place. */
  readonly message: string;
  /** What to do now, one sentence. */
  readonly remedy: string;
}

/** The one error class of ranch. Thrown for what the caller cannot handle on the spot; recorded as a `Trouble`. */
export class RanchError extends Error implements Trouble {
  override readonly name = 'RanchError';
  readonly code: ErrorCode;
  readonly place: string;
  readonly remedy: string;

  constructor(trouble: Trouble, options?: { readonly cause?: unknown }) {
    super(trouble.message, options);
    this.code = trouble.code;
    this.place = trouble.place;
    this.remedy = trouble.remedy;
  }

  get exitCode(): ExitCode {
    return ERROR_CODES[this.code];
  }
}

/** Any thrown thing as a `Trouble`; what is not ours is a defect and says so. */
export function troubleOf(error: unknown, place = ''): Trouble {
  if (error instanceof RanchError) {
    return { code: error.code, place: error.place || place, message: error.message, remedy: error.remedy };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'internal',
    place,
    message,
    remedy: 'This is a defect in ranch; please report it with `-v`.',
  };
}
