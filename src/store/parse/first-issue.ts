import type { z } from 'zod';

/** What is wrong first with a value, and where in it: `path.to.it: what`. */
export function firstIssue({ issues }: z.ZodError): string {
  return issues
    .slice(0, 1)
    .map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message))
    .join('');
}
