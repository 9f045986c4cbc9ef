const values = new WeakMap<Secret, string>();

/** A text that must never be printed, stored or put in argv: every way of showing it gives `[redacted]`. */
export class Secret {
  constructor(value: string) {
    values.set(this, value);
  }

  /** The value itself, for the one place that needs it. */
  reveal(): string {
    return values.get(this) ?? '';
  }

  toString(): string {
    return '[redacted]';
  }

  toJSON(): string {
    return '[redacted]';
  }

  /** What Node's `util.inspect` asks for. */
  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[redacted]';
  }
}
