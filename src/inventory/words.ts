import * as z from 'zod';
import { asVersion } from '../domain/brand.ts';
import { parseShare } from '../domain/share.ts';
import { HOST_NAME, PHEXT_NAME } from './names.ts';

/** A name, an IPv4 or an IPv6 address with an optional scope. It never begins with `-`, so that no program takes it for an option. */
const ADDRESS = /^[A-Za-z0-9_:][A-Za-z0-9_.:-]{0,252}(?:%[A-Za-z0-9_.-]{1,32})?$/;

const USER = /^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/;

/** `[user@]address[:port]`; an IPv6 address with a port stands in brackets. */
const HOP =
  /^(?:[A-Za-z_][A-Za-z0-9_.-]{0,63}@)?(?:\[[0-9A-Fa-f:.%]{2,80}\]|[A-Za-z0-9_][A-Za-z0-9_.-]{0,252})(?::[1-9]\d{0,4})?$/;

const LABEL = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const REMOTE_PATH = /^(?:\/|~\/).{1,1023}$/;
const LOCAL_PATH = /^[^-].{0,1023}$/;
/** Nine parts from 1 to 999, as `src/sq/coordinate.ts` reads them, in the one canonical form. */
const COORDINATE = /^[1-9]\d{0,2}(?:\.[1-9]\d{0,2}){2}(?:\/[1-9]\d{0,2}(?:\.[1-9]\d{0,2}){2}){2}$/;
const TITLE = /^\S(?:.{0,62}\S)?$/;
const PUBLIC = /^https?:\/\/[A-Za-z0-9[][A-Za-z0-9.:[\]-]*(?:\/[^\s@]*)?$/;
const VERSION = /^v?(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

/** A text of one form. `allowed` is told when it is not, and becomes the description in the JSON Schema. */
function text(pattern: RegExp, allowed: string) {
  return z.string({ error: allowed }).regex(pattern, { error: allowed }).describe(allowed);
}

export const hostName = text(
  HOST_NAME,
  'a name of letters, digits, hyphens and dots, as DNS has them, with a letter in it',
);
export const address = text(ADDRESS, 'a host name or an IP address');
export const user = text(USER, 'a login name of letters, digits, ".", "_" and "-"');
export const hop = text(HOP, 'a host of the inventory, or [user@]address[:port]');
export const label = text(LABEL, 'letters, digits, ".", "_" and "-", up to 63, the first a letter or digit');
export const zoneOrHost = text(/^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/, 'the name of a zone or host');
export const title = text(TITLE, 'a text of up to 64 characters');
export const remotePath = text(REMOTE_PATH, 'a path on the host that begins with "/" or "~/"');
export const localPath = text(LOCAL_PATH, 'a path on this machine');
export const phext = text(PHEXT_NAME, 'the name of a phext without folder and without ".phext"');
export const coordinate = text(
  COORDINATE,
  'a coordinate of nine parts from 1 to 999, like 7.11.13/3.8.5/1.12.1',
);
export const publicAddress = text(PUBLIC, 'an address like https://mirrorborn.us');

const PORT = 'a whole number from 1 to 65535';
export const port = z
  .int({ error: PORT })
  .min(1, { error: PORT })
  .max(65_535, { error: PORT })
  .describe(`A TCP port: ${PORT}`);

const SHARE = 'a whole number of hosts, or a percentage from "0%" to "100%"';

/** A number of hosts or a percentage, as a `Share`. */
export const share = z
  .union([z.int().min(0).max(999_999), text(/^(?:\d{1,2}|100)%$|^\d{1,6}$/, SHARE)], { error: SHARE })
  .describe(SHARE)
  .transform((value, context) => {
    const parsed = parseShare(value);
    if (parsed) return parsed;
    context.addIssue({ code: 'custom', message: SHARE });
    return z.NEVER;
  });

const VERSION_FORM = 'a version of three numbers, like 0.5.2';

/** A version of SQ, without its `v`. */
export const version = text(VERSION, VERSION_FORM).transform((value, context) => {
  const parsed = asVersion(value);
  if (parsed) return parsed;
  context.addIssue({ code: 'custom', message: VERSION_FORM });
  return z.NEVER;
});

/** A list of up to `most` entries. */
export function listOf<T extends z.ZodType>(entry: T, most: number, allowed: string) {
  return z.array(entry, { error: allowed }).max(most, { error: allowed }).describe(allowed);
}

/** One text, or a list of up to `most`; a list afterwards. */
export function oneOrMore(entry: z.ZodType<string, string>, most: number, allowed: string) {
  return z
    .union([entry, listOf(entry, most, allowed)], { error: allowed })
    .describe(allowed)
    .transform((value): readonly string[] => (typeof value === 'string' ? [value] : value));
}

/** One of a few words. */
export function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
  const allowed = words.join(', ');
  return z.enum(words, { error: allowed }).describe(`One of ${allowed}`);
}
