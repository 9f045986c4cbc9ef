const READS = ['load', 'select', 'insert', 'update', 'delete', 'status', 'checksum', 'toc', 'get', 'delta'];
const WRITES = ['insert', 'update', 'where', 'delta'];

/** Beginnings of a request by command, in the order that SQ tries them. */
const ROUTES: readonly (readonly [prefix: string, command: string])[] = [
  ...[...READS, 'version', 'json-export'].map((name) => [`GET /api/v2/${name}`, name] as const),
  ...WRITES.map((name) => [`POST /api/v2/${name}`, name] as const),
];

/** Which command a request is; matched by prefix, so that `/api/v2/getaway` is a `get`. Undefined for none. */
export function routeOf(head: string): string | undefined {
  return ROUTES.find(([prefix]) => head.startsWith(prefix))?.[1];
}

/** Where a phext lies; undefined when the name would lead out of the data directory, which nothing checks without one. */
export function fileOf(phext: string, dataDir: string | undefined): string | undefined {
  if (dataDir === undefined) return `${phext}.phext`;
  return phext.includes('..') || /[/\\]/.test(phext) ? undefined : `${dataDir}/${phext}.phext`;
}
