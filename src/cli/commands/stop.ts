import { stopHost } from '../../app/maintain/stop.ts';
import { actCommand } from '../maintaining.ts';

/** `ranch stop HOST`: ends a host's instances at a quiet moment: nothing acknowledged is lost. */
export default actCommand(stopHost);
