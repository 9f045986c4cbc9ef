/**
 * Stands for `node:buffer` in the built stand-in, which must have no import statement: then node runs it both where
 * a package.json says `module` and where none does.
 */
export const Buffer: typeof globalThis.Buffer = globalThis.Buffer;
