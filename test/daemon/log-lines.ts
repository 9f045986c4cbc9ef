import { z } from 'zod';

const lineSchema = z.looseObject({
  level: z.string(),
  time: z.string(),
  msg: z.string(),
  event: z.string().optional(),
  playbook: z.string().optional(),
});

/** A line of the log. */
export type LogLine = z.output<typeof lineSchema>;

/** Takes the lines of a log, and lets a test wait for one. */
export class LogLines {
  readonly all: LogLine[] = [];
  #read = 0;
  #arrived: (() => void) | undefined;

  write(line: string): void {
    this.all.push(lineSchema.parse(JSON.parse(line)));
    this.#arrived?.();
  }

  /** The next line, after the ones that were read, with this event. Lines before it are passed over. */
  async next(event: string): Promise<LogLine> {
    for (;;) {
      const line = this.all[this.#read];
      if (line === undefined) {
        await new Promise<void>((resolve) => {
          this.#arrived = resolve;
        });
        continue;
      }
      this.#read += 1;
      if (line.event === event) return line;
    }
  }

  /** All lines so far with this event. */
  of(event: string): readonly LogLine[] {
    return this.all.filter((line) => line.event === event);
  }
}
