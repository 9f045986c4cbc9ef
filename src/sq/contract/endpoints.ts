/** One of SQ's endpoints, as a reference page has it. */
export interface Endpoint {
  readonly methods: string;
  /** After `/api/v2/`. */
  readonly path: string;
  readonly parameters: string;
  readonly reply: string;
  /** The rows of the table that show it. */
  readonly rows: readonly string[];
}

/** Every endpoint of 0.5.1 to 0.5.6, with the rows that ask it. */
export const ENDPOINTS: readonly Endpoint[] = [
  { methods: 'GET', path: 'version', parameters: '`p`', reply: 'the version, bare', rows: ['version'] },
  {
    methods: 'GET',
    path: 'select',
    parameters: '`p`, `c`',
    reply: "the scroll's text; empty where there is none",
    rows: ['update-body', 'select-missing'],
  },
  {
    methods: 'GET, POST',
    path: 'update',
    parameters: '`p`, `c`; `s` (GET) or the body (POST)',
    reply: '`Updated N bytes`',
    rows: ['update-body', 'update-query', 'update-empty'],
  },
  {
    methods: 'GET, POST',
    path: 'insert',
    parameters: '`p`, `c`; `s` (GET) or the body (POST)',
    reply: '`Inserted N bytes`',
    rows: ['insert'],
  },
  { methods: 'GET', path: 'delete', parameters: '`p`, `c`', reply: '`Removed N bytes`', rows: ['delete'] },
  { methods: 'GET', path: 'load', parameters: '`p`', reply: '`Loaded FILE`', rows: ['load', 'load-gone'] },
  {
    methods: 'GET',
    path: 'status',
    parameters: '`p`',
    reply: '`Hosting: FILE`, `Connection ID: N`, `Phext Size: N`, `Scrolls: N`, a line each',
    rows: ['status'],
  },
  {
    methods: 'GET',
    path: 'toc',
    parameters: '`p`',
    reply: '`* COORDINATE: FIRST LINE`, a line each',
    rows: ['toc', 'toc-empty', 'toc-long-line', 'poison-toc'],
  },
  {
    methods: 'GET',
    path: 'checksum',
    parameters: '`p`',
    reply: 'xxh3-128 of the phext in memory, 32 hex digits',
    rows: ['codec', 'checksum-empty', 'clamped'],
  },
  {
    methods: 'GET',
    path: 'get',
    parameters: '`p`',
    reply: 'the whole file, as it is on disk',
    rows: ['codec', 'poison-get'],
  },
  {
    methods: 'GET, POST',
    path: 'delta',
    parameters: '`p`; body: `COORDINATE: HASH`, a line each',
    reply: 'a phext of the scrolls that differ; `---sq:Scroll-Missing---` where there is none',
    rows: ['delta'],
  },
  {
    methods: 'GET',
    path: 'json-export',
    parameters: '`p`',
    reply: 'JSON; writes FILE.json',
    rows: ['json-export'],
  },
  {
    methods: 'POST',
    path: 'where',
    parameters: '`p`, `limit`; body',
    reply: 'a coordinate computed from the text',
    rows: ['where', 'get-where'],
  },
];
