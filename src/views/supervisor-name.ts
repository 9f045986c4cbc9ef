import type { Supervisor } from '../domain/observation.ts';

/** How a server is kept, in two or three words: `systemd sq.service`, `user unit sq.service`, `by hand`. */
export function supervisorName(supervisor: Supervisor): string {
  switch (supervisor.kind) {
    case 'systemd-system':
      return `systemd ${supervisor.unit}`;
    case 'systemd-user':
      return `user unit ${supervisor.unit}`;
    case 'bare':
      return 'by hand';
    case 'unsupported':
      return `unsupported: ${supervisor.reason}`;
  }
}
