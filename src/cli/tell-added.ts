import type { Added } from '../app/artifacts/register-program.ts';
import { jsonLine } from '../views/json-lines.ts';
import type { Door } from './door.ts';

/** What was registered, and what a person should know of it. */
export function tellAdded(door: Door, { artifacts, notes }: Added): void {
  if (door.options.json) {
    door.print(artifacts.map((artifact) => jsonLine({ type: 'artifact', ...artifact })));
  } else {
    door.print(
      artifacts.map(({ version, platform, sha256, bytes, libphext }) => {
        const linked = libphext ? `, libphext ${libphext}` : '';
        return `SQ ${version} for ${platform}: ${sha256} (${bytes} bytes${linked})`;
      }),
    );
  }
  door.say(notes);
}
