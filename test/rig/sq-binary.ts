import { REAL } from '../real-sq/binaries.ts';

/**
 * The path of the real SQ of a version, linked with the libphext that works; built by cargo when it is not in the
 * cache yet (about 25 s). Throws what is lacking when it can be neither found nor built.
 */
export function sqBinary(version: '0.5.1' | '0.5.2' | '0.5.6'): string {
  const sq = REAL.find(({ known }) => known.version === version && known.libphext === '0.3.3');
  if (sq === undefined) throw new Error(`test/real-sq knows no SQ ${version} linked with libphext 0.3.3`);
  return sq.binary();
}
