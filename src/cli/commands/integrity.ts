import { integrityHosts } from '../../app/checks/integrity.ts';
import { checkCommand } from '../checking.ts';

interface Flags {
  readonly kills: number;
  readonly seed?: string;
}

/** `ranch integrity [HOST...]`: whether each instance keeps what it is given. */
export default checkCommand<Flags>((workspace, hosts, options, { kills, seed }) =>
  integrityHosts(workspace, hosts, { ...options, kills, ...(seed === undefined ? {} : { seed }) }),
);
