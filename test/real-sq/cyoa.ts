import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FILE = fileURLToPath(new URL('../../../shared/data/choose-your-own-adventure.phext', import.meta.url));

/**
 * The real `choose-your-own-adventure.phext` of 2025-09-20, which is not part of the project: beside the checkout, or
 * where RANCH_CYOA says. Undefined when it is not there; tests that need it are then skipped.
 */
export const CYOA: string | undefined = [process.env['RANCH_CYOA'], FILE].find(
  (path) => path !== undefined && existsSync(path),
);

/** What is known of that edition. */
export const CYOA_FACTS = {
  bytes: 4_194_139,
  scrolls: 693,
  checksum: '14387a3f33b03b14288f4ff5187972d7',
  largestScroll: 1_789_783,
  lastScroll: '999.999.999/999.999.999/999.999.999',
  keyScrolls: [
    { coordinate: '1.1.1/1.1.1/1.1.1', bytes: 6147, begins: 'Mirrorborn -\\o/-' },
    { coordinate: '1.1.1/1.1.1/1.1.2', bytes: 1490, begins: 'Emi' },
    { coordinate: '7.11.13/3.8.5/1.12.1', bytes: 1831, begins: 'The Scroll of Seren:' },
    { coordinate: '13.13.13/13.13.13/13.13.13', bytes: 7523, begins: 'The Test of Will' },
  ],
} as const;
