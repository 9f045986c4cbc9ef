import arm from './unit/arm.sh';
import backup from './unit/backup.sh';
import confirm from './unit/confirm.sh';
import core from './unit/core.sh';
import inspect from './unit/inspect.sh';
import key from './unit/key.sh';
import lease from './unit/lease.sh';
import logs from './unit/logs.sh';
import main from './unit/main.sh';
import maintain from './unit/maintain.sh';
import quiet from './unit/quiet.sh';
import revert from './unit/revert.sh';
import scratch from './unit/scratch.sh';
import service from './unit/service.sh';
import stage from './unit/stage.sh';
import switching from './unit/switch.sh';

/** Comments and indentation are for readers; what travels is what runs. Host scripts hold no here-documents. */
export function stripped(script: string): string {
  return script
    .split('\n')
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .join('\n');
}

/** The part of ranch that runs on a host for one binary: the files of `unit/`, joined in this order. */
export const UNIT_SCRIPT: string = [
  core,
  lease,
  stage,
  quiet,
  scratch,
  service,
  arm,
  switching,
  confirm,
  revert,
  inspect,
  key,
  maintain,
  backup,
  logs,
  main,
]
  .map(stripped)
  .join('\n');
