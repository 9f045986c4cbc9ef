import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { RanchError } from '../../domain/errors.ts';
import { isFileName } from '../../host/maintain-answers.ts';

/** The file that makes a folder a backup; written last. */
export const MANIFEST = 'manifest.json';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const phext = z.object({
  /** Without `.phext`. */
  name: z.string().refine((name) => isFileName(`${name}.phext`)),
  bytes: z.number().int().nonnegative(),
  sha256,
  /** As the host had it, seconds since the epoch. */
  mtime: z.number(),
  /** False for a file that SQ cannot load as it is: not UTF-8. It is kept, and never restored. */
  valid: z.boolean(),
  scrolls: z.number().int().nonnegative(),
  /** What SQ's `checksum` says of it. */
  checksum: z.string(),
});

const manifest = z.object({
  kind: z.literal('backup'),
  format: z.literal(1),
  host: z.string(),
  port: z.number().int(),
  /** ISO 8601, the controller's clock. */
  takenAt: z.string(),
  dataDir: z.string(),
  /** What ran; absent where it was stopped. */
  sq: z.object({ sha256, version: z.string().optional() }).optional(),
  /** Whether the files hold all that SQ's memory held: `saved`, `unsaved`, or why it was not asked. */
  saved: z.string(),
  phexts: z.array(phext),
});

/** One phext of a backup. */
export type BackedUpPhext = Readonly<z.infer<typeof phext>>;

/** What a backup says of itself. One backup is one instance at one quiet moment. */
export type BackupManifest = Readonly<z.infer<typeof manifest>>;

/** The manifest of a backup folder. Throws `no-such-backup`, `backup-invalid`. */
export async function readManifest(folder: string): Promise<BackupManifest> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch((cause: unknown) => {
    throw new RanchError(
      {
        code: 'no-such-backup',
        place: folder,
        message: 'there is no manifest.json: this is no backup, or one that was not finished',
        remedy: 'Name a folder that `ranch backup` made.',
      },
      { cause },
    );
  });
  try {
    return manifest.parse(JSON.parse(text));
  } catch (cause) {
    throw new RanchError(
      {
        code: 'backup-invalid',
        place: join(folder, MANIFEST),
        message: 'the manifest does not read as one',
        remedy: 'Take another backup; this one was damaged or edited.',
      },
      { cause },
    );
  }
}
