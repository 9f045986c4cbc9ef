import type { HostName } from '../domain/brand.ts';

/** Hosts are named as DNS names them: labels of letters, digits and inner hyphens, with at least one letter. */
export const HOST_NAME =
  /^(?=.{1,253}$)(?=.*[A-Za-z])[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;

/** A phext: no folder, no `.phext`, nothing that a shell or SQ would read otherwise. */
export const PHEXT_NAME = /^(?!.*\.phext$)[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** True for a text that may name a host: safe as an argument of any program, and no bare number or address. */
export function isHostName(name: string): name is HostName {
  return HOST_NAME.test(name);
}

/** True for a text that may name a phext. */
export function isPhextName(name: string): boolean {
  return PHEXT_NAME.test(name);
}
