import type { Logout } from './run-command.ts';

/** Where an instance's phext files lie: a folder given by `--data-dir`, or the working directory SQ was started in. */
export type LabData =
  /** A folder below the host's `data/`, given as `--data-dir`. */
  | { readonly kind: 'folder'; readonly name: string }
  /** No `--data-dir`: the data lies where SQ was started, a folder below the host's `home/`. */
  | { readonly kind: 'cwd'; readonly name: string };

/** One SQ server of a lab host. */
export interface LabInstanceSpec {
  /** Undefined: a free one is chosen when the lab starts, as it must be wherever something really runs. */
  readonly port?: number;
  /** The primary phext, without `.phext`. */
  readonly phext: string;
  readonly data: LabData;
  /** About how many bytes of content to generate. */
  readonly bytes: number;
  /** Start it with `--key`; the key lies in a file of the host's home. */
  readonly key?: boolean;
  /** False: installed and filled, and not started. */
  readonly started?: boolean;
}

/** One host of the embedded ranch, as plain JSON. */
export interface LabHostSpec {
  readonly name: string;
  readonly sentinel?: string;
  readonly tags?: readonly string[];
  readonly zone?: string;
  readonly after?: readonly string[];
  /** `absent`: it has an address and a port, and nobody listens there. */
  readonly expect?: 'present' | 'absent';
  /** The name of the lab host that is the only way to this one. */
  readonly jump?: string;
  /** False: direct-tcpip is administratively prohibited. */
  readonly forwarding?: boolean;
  /** What a lost connection does to its commands; `pipes` where not given. */
  readonly logout?: Logout;
  /** The binary's version; undefined: nothing is installed. */
  readonly version?: string;
  /** The binary says `version` and has another sha256 than the artifact of that version. */
  readonly otherBinary?: boolean;
  /** The libphext that the host's stand-in plays; 0.3.3 where not given. */
  readonly libphext?: string;
  /** More variables for the host's commands and servers, such as `RANCH_LAB_WRITE_MS` for stand-ins. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where the binary lies, relative to the host's folder: `bin/sq` (the default), `home/.cargo/bin/sq`. */
  readonly binary?: string;
  readonly instances: readonly LabInstanceSpec[];
  /** Answers every command with this, instead of running it. */
  readonly canned?: CannedAnswer;
}

/** What a host that runs nothing answers to every command. */
export interface CannedAnswer {
  /**
   * Standard output. `{0}` to `{9}` stand for what the groups of `pattern` matched in the command, for answers that
   * must repeat a word of the question.
   */
  readonly stdout: string;
  readonly exitCode: number;
  /** A regular expression that is searched in the command. */
  readonly pattern?: string;
}
