import { smokeHosts } from '../../app/checks/smoke.ts';
import { checkCommand } from '../checking.ts';

/** `ranch smoke [HOST...]`: whether each instance answers, reads and keeps a write. */
export default checkCommand(smokeHosts);
