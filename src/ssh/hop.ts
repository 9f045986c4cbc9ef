/** One machine on the way to a host, with everything known that is needed to connect to it. */
export interface Hop {
  /** How people call it: for errors. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Absolute paths, in the order they are tried. */
  readonly identityFiles: readonly string[];
  /** True: no other key than `identityFiles`, not even one the agent offers. */
  readonly identitiesOnly: boolean;
  /** Path of the agent's socket. */
  readonly agent?: string;
  /** Looked up in known_hosts in place of the address. */
  readonly hostKeyAlias?: string;
  /** Files of known keys that ssh_config names for this host. */
  readonly knownHosts: readonly string[];
  readonly connectTimeoutMs: number;
}

/** What names a hop in known_hosts: `address`, or `[address]:port` off port 22; an alias stands alone. */
export function knownName(hop: Hop): string {
  if (hop.hostKeyAlias !== undefined) return hop.hostKeyAlias;
  return hop.port === 22 ? hop.address : `[${hop.address}]:${hop.port}`;
}

/** Two hops with one key are one connection. */
export function hopKey(hop: Hop): string {
  return `${hop.user}@${knownName(hop)} ${hop.address}:${hop.port}`;
}
