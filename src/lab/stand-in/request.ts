/** A request as SQ reads it: forgiving, and by its own rules. */
export interface Request {
  /** Everything up to and with the empty line. */
  readonly head: string;
  readonly params: ReadonlyMap<string, string>;
  /** The body, what is not UTF-8 in it replaced; undefined when there is none. */
  readonly content?: string;
  /** A favicon with a query: closed without an answer. */
  readonly ignored: boolean;
}

/** How many bytes the head says the body has. */
export function contentLength(head: string): number {
  const line = head.split('\n').find((each) => each.toLowerCase().startsWith('content-length:'));
  const value = line?.split(':')[1]?.trim() ?? '';
  return /^\+?\d+$/.test(value) ? Number(value) : 0;
}

/** `+` is a blank, then percent-encoding is undone; what is no `%XX` stays as it is. */
function decoded(text: string): string {
  const bytes = Buffer.from(text.replaceAll('+', ' '), 'utf8').toString('latin1');
  const plain = bytes.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(plain, 'latin1').toString('utf8');
}

function paramsOf(query: string): ReadonlyMap<string, string> {
  const params = new Map<string, string>();
  for (const pair of query.split('&')) {
    const equals = pair.indexOf('=');
    if (equals >= 0) params.set(decoded(pair.slice(0, equals)), decoded(pair.slice(equals + 1)));
  }
  return params;
}

/** Reads what a connection sent: `headLength` bytes of head, then the body. */
export function readRequest(bytes: Buffer, headLength: number): Request {
  const head = bytes.toString('utf8', 0, headLength);
  const first = head.split('\r\n')[0] ?? '';
  const mark = first.indexOf('?');
  // Only HTTP/1.1 is cut off: what an older client says of its version ends up in the last parameter.
  const query = first.slice(mark + 1).replace(/ HTTP\/1\.1$/, '');
  const content = bytes.toString('utf8', headLength);
  return {
    head,
    params: mark < 0 ? new Map() : paramsOf(query),
    ignored: mark >= 0 && first.slice(0, mark).includes('favicon.ico'),
    ...(content === '' ? {} : { content }),
  };
}

/** Whether the head carries the key: `Bearer KEY` or the bare key, read up to the value's first colon. */
export function isAllowed(head: string, key: string | undefined): boolean {
  if (key === undefined) return true;
  const line = head.split(/\r?\n/).find((each) => each.toLowerCase().startsWith('authorization'));
  const value = line?.split(':')[1]?.trim();
  if (value === undefined) return false;
  return (value.toLowerCase().startsWith('bearer ') ? value.slice(7).trim() : value) === key;
}
