import { restartHost } from '../../app/maintain/restart.ts';
import { actCommand } from '../maintaining.ts';

/** `ranch restart HOST`: a quiet stop and a start in one act on the host. */
export default actCommand(restartHost);
