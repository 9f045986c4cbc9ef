import { startHost } from '../../app/maintain/start.ts';
import { actCommand } from '../maintaining.ts';

/** `ranch start HOST`: starts what was stopped, the way it ran. */
export default actCommand(startHost);
