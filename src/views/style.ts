/** The colours of the views. They carry no meaning alone: a word or a symbol always says the same. */
export type Ink = 'green' | 'red' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'gray' | 'bold';

/** What colours a text: picocolors' `createColors(true)` fits as it is. */
export type Palette = Readonly<Record<Ink, (text: string) => string>>;

/** The marks of the views, each one column wide. */
export interface Symbols {
  readonly done: string;
  readonly running: string;
  readonly failed: string;
  readonly reverted: string;
  readonly waiting: string;
  readonly arrow: string;
  readonly none: string;
  readonly ellipsis: string;
  readonly dot: string;
  readonly full: string;
  readonly empty: string;
}

/** How a view looks; the only thing a view knows of the terminal beside its size. */
export interface Style {
  readonly paint: (ink: Ink, text: string) => string;
  readonly symbols: Symbols;
  /** True where the terminal shows only ASCII: everything else is escaped. */
  readonly ascii: boolean;
  /** An IANA time zone for times of day. */
  readonly timeZone: string;
}

const UNICODE: Symbols = {
  done: '✓',
  running: '●',
  failed: '✗',
  reverted: '↺',
  waiting: '·',
  arrow: '→',
  none: '—',
  ellipsis: '…',
  dot: '·',
  full: '█',
  empty: '░',
};

const ASCII: Symbols = {
  done: '+',
  running: '*',
  failed: 'x',
  reverted: '<',
  waiting: '.',
  arrow: '>',
  none: '-',
  ellipsis: '~',
  dot: '|',
  full: '#',
  empty: '-',
};

/**
 * A style. Without a palette nothing is coloured (`--no-color`, `NO_COLOR`, no terminal); `ascii` is for a locale
 * that is not UTF-8; times of day are in UTC where no time zone is given.
 */
export function makeStyle(options: {
  readonly palette?: Palette;
  readonly ascii?: boolean;
  readonly timeZone?: string;
}): Style {
  const { palette } = options;
  const ascii = options.ascii === true;
  return {
    paint: palette ? (ink, text) => palette[ink](text) : (_ink, text) => text,
    symbols: ascii ? ASCII : UNICODE,
    ascii,
    timeZone: options.timeZone ?? 'UTC',
  };
}

/** No colour, Unicode, UTC. */
export const PLAIN: Style = makeStyle({});

/** What every view is told: the columns it has (`Infinity` for a file or a pipe) and how it looks. */
export interface View {
  readonly width: number;
  readonly style: Style;
}

/** A view that also speaks of ages: `now` in milliseconds since the epoch. */
export interface TimedView extends View {
  readonly now: number;
}
