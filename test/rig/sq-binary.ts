import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * The real SQ of a version: RANCH_SQ_DIR/VERSION/bin/sq, in ~/.cache/ranch/sq where that is not set. Built by
 * cargo (about 25 s) when it is not there yet; throws what cargo said when that fails.
 */
export async function sqBinary(version: string): Promise<string> {
  const root = join(process.env['RANCH_SQ_DIR'] ?? join(homedir(), '.cache/ranch/sq'), version);
  const binary = join(root, 'bin/sq');
  if (!existsSync(binary)) {
    await mkdir(root, { recursive: true });
    await promisify(execFile)('cargo', ['install', 'sq', '--version', version, '--root', root, '--quiet']);
  }
  return binary;
}
