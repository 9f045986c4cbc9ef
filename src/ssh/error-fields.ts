/** The `code` of a Node error, such as `ECONNREFUSED`; empty when it has none. */
export function errnoOf(error: unknown): string {
  return textIn(error, 'code');
}

/** A text field of a thrown thing; empty when it is not there or no text. */
export function textIn(error: unknown, field: string): string {
  const value = fieldOf(error, field);
  return typeof value === 'string' ? value : '';
}

/** A number field of a thrown thing, such as the reason ssh2 gives for a channel that was not opened. */
export function numberIn(error: unknown, field: string): number | undefined {
  const value = fieldOf(error, field);
  return typeof value === 'number' ? value : undefined;
}

/** What a thrown thing says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function fieldOf(error: unknown, field: string): unknown {
  if (typeof error !== 'object' || error === null) return undefined;
  return Reflect.get(error, field);
}
