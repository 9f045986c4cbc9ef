/** A script as its functions and the lines outside of them. */
export interface ParsedScript {
  /** Lines outside functions, in order: settings, constants. */
  readonly topLevel: string;
  /** The text of each function, by name, in the order of their definition. */
  readonly functions: ReadonlyMap<string, string>;
}

const DEFINITION = /^([a-z_][a-z0-9_]*)\(\) \{/;

/** Comments and indentation are for readers; what travels is what runs. Host scripts hold no here-documents. */
export function stripped(script: string): string {
  return script
    .split('\n')
    .map((line) => line.trimStart())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .join('\n');
}

/**
 * Takes a script apart. A function begins at the start of a line with `name() {` and ends with a `}` alone at the
 * start of a line, or on its own line of definition. Throws for a name defined twice.
 */
export function parseScript(text: string): ParsedScript {
  const functions = new Map<string, string>();
  const outside: string[] = [];
  let open: { readonly name: string; readonly lines: string[] } | undefined;
  for (const line of text.split('\n')) {
    const name = open ? undefined : DEFINITION.exec(line)?.[1];
    if (name !== undefined) {
      if (functions.has(name)) throw new Error(`the function ${name} is defined twice`);
      open = { name, lines: [] };
    }
    if (!open) {
      outside.push(line);
      continue;
    }
    open.lines.push(line);
    if (line === '}' || (open.lines.length === 1 && line.endsWith(' }'))) {
      functions.set(open.name, stripped(open.lines.join('\n')));
      open = undefined;
    }
  }
  if (open) throw new Error(`the function ${open.name} does not end`);
  return { topLevel: stripped(outside.join('\n')), functions };
}

/** The texts of the functions that `main` can come to call, in the order of their definition. */
export function reachable({ topLevel, functions }: ParsedScript, main: string): readonly string[] {
  const wanted = new Set<string>();
  const queue = [topLevel, stripped(main)];
  for (let text = queue.pop(); text !== undefined; text = queue.pop()) {
    // Every word counts, also within strings: too much is harmless, too little is not.
    for (const [word] of text.matchAll(/[a-z_][a-z0-9_]*/g)) {
      const body = functions.get(word);
      if (body === undefined || wanted.has(word)) continue;
      wanted.add(word);
      queue.push(body);
    }
  }
  return [...functions].flatMap(([name, body]) => (wanted.has(name) ? [body] : []));
}
