import type { Client } from 'ssh2';
import type { RanchError } from '../domain/errors.ts';
import { reasonOf } from './abortable.ts';
import { closedFault } from './faults.ts';
import type { Link } from './link.ts';

/**
 * Asks ssh2 for a channel. It throws an error of its own where the connection is gone, also in the moment before it has
 * told anybody: that is a lost connection and no defect of ours. `reject` gets the reason.
 */
export function askFor(link: Link, ask: (client: Client) => void, reject: (error: RanchError) => void): void {
  try {
    ask(link.client);
    link.intake.asked();
  } catch {
    link.abort(closedFault(link.hop, 'open', ''));
    reject(reasonOf(link.down, link.hop.name));
  }
}
