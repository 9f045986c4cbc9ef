import { validateHosts } from '../../app/checks/validate.ts';
import { checkCommand } from '../checking.ts';

/** `ranch validate [HOST...]`: the API contract, and what can be done to each SQ, tried on scratch servers. */
export default checkCommand(validateHosts);
