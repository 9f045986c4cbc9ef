import { verifyContent } from '../../app/content/verify.ts';
import { checkCommand } from '../checking.ts';

interface Flags {
  readonly phext?: string;
  readonly file?: string;
}

/** `ranch content verify [HOST...] --phext NAME`: every coordinate read back through the API, and compared. */
export default checkCommand<Flags>(
  (workspace, hosts, options, { phext = '', file }) =>
    verifyContent(workspace, hosts, { phext, ...(file === undefined ? {} : { file }) }, options),
  { brief: false },
);
