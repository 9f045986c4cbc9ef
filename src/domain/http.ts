/** One request to SQ as data. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'OPTIONS' | 'HEAD' | 'DELETE';
  /** Path and query, already encoded: `/api/v2/version`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

/** What came back, bounded. Untrusted: escape before showing. */
export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly tookMs: number;
}

/** Bounds of one exchange. */
export interface Limits {
  readonly deadlineMs: number;
  readonly maxBytes: number;
  /** More than this is read and not kept; then `answer-too-large`. As `maxBytes` where it is not given. */
  readonly keepBytes?: number;
}
