import { RanchError } from '../../domain/errors.ts';
import type { Coordinate } from '../../sq/coordinate.ts';
import {
  parseChecksum,
  parseLoaded,
  parsePhext,
  parseScroll,
  parseWritten,
  type Written,
} from '../../sq/replies.ts';
import {
  checksumRequest,
  deleteRequest,
  getRequest,
  insertRequest,
  loadRequest,
  selectRequest,
  type Target,
  updateRequest,
} from '../../sq/requests.ts';
import type { Ask } from '../subject.ts';

/** One phext of a server, for clients. Each call throws what the connection does, and `sq-error` for an odd answer. */
export interface SqClient {
  select(at: Coordinate): Promise<string>;
  update(at: Coordinate, text: string): Promise<string>;
  insert(at: Coordinate, text: string): Promise<string>;
  remove(at: Coordinate): Promise<string>;
  /** Makes the server read its file again. */
  load(): Promise<void>;
  checksum(): Promise<string>;
  /** The file as it lies on its disk. */
  file(): Promise<Uint8Array>;
}

/** A client of one phext. */
export function sqClient(ask: Ask, target: Target, place: string): SqClient {
  const expect = ({ verb, bytes }: Written, wanted: Written['verb']): string => {
    if (verb === wanted) return `${verb} ${bytes} bytes`;
    throw new RanchError({
      code: 'sq-error',
      place,
      message: `SQ says "${verb}" where "${wanted}" was meant`,
      remedy: 'Look what answers on that port.',
    });
  };
  return {
    select: async (at) => parseScroll(await ask(selectRequest(target, at)), place),
    update: async (at, text) =>
      expect(parseWritten(await ask(updateRequest(target, at, text)), place), 'Updated'),
    insert: async (at, text) =>
      expect(parseWritten(await ask(insertRequest(target, at, text)), place), 'Inserted'),
    remove: async (at) => expect(parseWritten(await ask(deleteRequest(target, at)), place), 'Removed'),
    load: async () => {
      parseLoaded(await ask(loadRequest(target)), place);
    },
    checksum: async () => parseChecksum(await ask(checksumRequest(target)), place),
    file: async () => parsePhext(await ask(getRequest(target)), place),
  };
}
