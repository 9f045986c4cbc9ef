import { isIP } from 'node:net';
import { RanchError } from '../domain/errors.ts';
import { excerpt } from '../domain/excerpt.ts';
import type { FirstHost } from '../inventory/first-inventory.ts';
import { isHostName } from '../inventory/names.ts';

/** How a host is written where `ranch init` asks for it. */
export const HOST_FORM = 'NAME, USER@NAME or NAME=USER@ADDRESS:PORT';

/** `[NAME=][USER@]ADDRESS[:PORT]`; an IPv6 address with a port stands in brackets. */
const FORM = /^(?:([^=@\s]+)=)?(?:([^=@\s:]+)@)?(?:\[([^\]\s]+)\]|([^@\s[\]]+?))(?::(\d{1,5}))?$/;

function refused(text: string, message: string): RanchError {
  return new RanchError({
    code: 'inventory-invalid',
    place: excerpt(text),
    message,
    remedy: `Write a host as ${HOST_FORM}, for example: aurora, wbic16@aurora, aurora=wbic16@192.0.2.7:2222`,
  });
}

/** An address is no name: it is what changes, and what records must not be kept under. */
function nameOf(address: string): string {
  return isIP(address) ? `host-${address.replace(/[.:]+/g, '-')}` : address;
}

/** A host as a user writes it. Throws `inventory-invalid` with the forms that are understood. */
export function parseFirstHost(text: string): FirstHost {
  // Without brackets an IPv6 address ends in what looks like a port.
  const bare = /^(?:[^@]*@)?([0-9a-f:]+)$/i.exec(text.replace(/^[^=]*=/, ''))?.[1];
  const form = bare !== undefined && isIP(bare) === 6 ? text.replace(bare, `[${bare}]`) : text;
  const [, given, user, bracketed, plain, port] = FORM.exec(form) ?? [];
  const address = bracketed ?? plain;
  if (address === undefined) throw refused(text, 'is not a host as `ranch init` understands it');
  const name = given ?? nameOf(address);
  if (!isHostName(name))
    throw refused(text, `has no name of letters, digits, hyphens and dots: ${excerpt(name)}`);
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) {
    throw refused(text, `has a port beyond 1 to 65535`);
  }
  return {
    name,
    ...(address === name ? {} : { address }),
    ...(user === undefined ? {} : { user }),
    ...(port === undefined ? {} : { port: Number(port) }),
  };
}

/** Hosts with commas or blanks between them, each name once. Throws `inventory-invalid`. */
export function parseFirstHosts(text: string): readonly FirstHost[] {
  const hosts = text
    .split(/[\s,]+/)
    .filter((word) => word !== '')
    .map(parseFirstHost);
  const names = new Set<string>();
  for (const { name } of hosts) {
    if (names.has(name)) throw refused(name, 'is named twice');
    names.add(name);
  }
  return hosts;
}
