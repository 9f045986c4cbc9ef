const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `0 B`, `812 B`, `4.2 MB`: decimal units, two digits where the first is small. */
export function showBytes(bytes: number): string {
  let amount = bytes;
  let unit = 0;
  while (Math.abs(amount) >= 999.5 && unit < UNITS.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  return `${unit === 0 || amount >= 99.5 ? Math.round(amount) : amount.toFixed(1)} ${UNITS[unit]}`;
}

/** A measured time: `110 ms`, `4.2 s`, `1 min 12 s`, `3 h 5 min`, `2 d 4 h`. Milliseconds in. */
export function showDuration(ms: number): string {
  const abs = Math.max(0, ms);
  if (abs < SECOND) return `${Math.round(abs)} ms`;
  if (abs < 9_950) return `${(abs / SECOND).toFixed(1)} s`;
  if (abs < 59_500) return `${Math.round(abs / SECOND)} s`;
  const [big, bigName, small, smallName] =
    abs < HOUR - 500
      ? [MINUTE, 'min', SECOND, 's']
      : abs < DAY
        ? [HOUR, 'h', MINUTE, 'min']
        : [DAY, 'd', HOUR, 'h'];
  const whole = Math.round(abs / small) * small;
  const rest = Math.round((whole % big) / small);
  return `${Math.floor(whole / big)} ${bigName}${rest > 0 ? ` ${rest} ${smallName}` : ''}`;
}

/** How long ago, in one unit: `12 s`, `3 min`, `5 h`, `9 d`. Milliseconds in; the future counts as now. */
export function showAge(ms: number): string {
  const abs = Math.max(0, ms);
  if (abs < MINUTE) return `${Math.floor(abs / SECOND)} s`;
  if (abs < HOUR) return `${Math.floor(abs / MINUTE)} min`;
  if (abs < 2 * DAY) return `${Math.floor(abs / HOUR)} h`;
  return `${Math.floor(abs / DAY)} d`;
}

/** The same in at most three columns, for a cell: `7s`, `99s`, `3m`, `59m`, `12h`, `9d`. */
export function showShortAge(ms: number): string {
  const abs = Math.max(0, ms);
  if (abs < 100 * SECOND) return `${Math.floor(abs / SECOND)}s`;
  if (abs < 100 * MINUTE) return `${Math.floor(abs / MINUTE)}m`;
  if (abs < 100 * HOUR) return `${Math.floor(abs / HOUR)}h`;
  return `${Math.min(99, Math.floor(abs / DAY))}d`;
}

/** `1 host`, `7 hosts`, `1,200 hosts`. */
export function count(amount: number, one: string, many = `${one}s`): string {
  return `${grouped(amount)} ${amount === 1 ? one : many}`;
}

/** `4812` as `4,812`. */
export function grouped(amount: number): string {
  return String(amount).replace(/\B(?=(\d{3})+$)/g, ',');
}
