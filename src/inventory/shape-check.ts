import * as z from 'zod';
import { emptyMap, isPlainMap, type Plain, type PlainMap } from './plain.ts';
import { MAX_PROBLEMS } from './problem.ts';
import { shown } from './safe-text.ts';
import { type Path, type Remark, showPath, type YamlText } from './yaml-text.ts';

type Issue = z.core.$ZodIssue;

/** Names that are listed when an unknown one is met; a map that takes more is no list to read. */
const MAX_LISTED = 24;

/** What a shape made of a text. */
export interface Shaped<T> {
  /** Undefined when too much is wrong. */
  readonly value: T | undefined;
  /** True when parts were left out of `value`, because they are wrong. */
  readonly partial: boolean;
}

/** A zod path holds symbols in principle; ours come from YAML and never do. */
function toPath(path: readonly PropertyKey[]): Path {
  return path.map((part) => (typeof part === 'number' ? part : String(part)));
}

/** What stands at a path of the data; undefined where it does not lead. */
export function valueAt(data: Plain | undefined, path: Path): Plain | undefined {
  let value = data;
  for (const part of path) {
    if (Array.isArray(value)) value = value[Number(part)];
    else if (isPlainMap(value)) value = value[String(part)];
    else return undefined;
  }
  return value;
}

/** Names that a map at `path` may have, from the JSON Schema; empty where any name goes. */
function namesAllowed(schema: z.core.JSONSchema.JSONSchema, path: Path): readonly string[] {
  const variants = [schema, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  const [part, ...rest] = path;
  for (const variant of variants) {
    if (typeof variant === 'boolean') continue;
    if (part === undefined && variant.properties) return Object.keys(variant.properties);
    if (part === undefined) continue;
    const { items, properties, additionalProperties } = variant;
    const next =
      typeof part === 'number'
        ? Array.isArray(items)
          ? items[part]
          : items
        : (properties?.[part] ?? additionalProperties);
    if (typeof next === 'object') return namesAllowed(next, rest);
  }
  return [];
}

/** Gives the JSON Schema; made once, and only where something is wrong. */
type Schema = () => z.core.JSONSchema.JSONSchema;

function unknownNames(issue: Issue & { code: 'unrecognized_keys' }, schema: Schema): readonly Remark[] {
  const path = toPath(issue.path);
  const names = namesAllowed(schema(), path);
  const where = path.length === 0 ? 'this file' : showPath(path);
  return issue.keys.slice(0, MAX_PROBLEMS + 1).map((key) => ({
    path: [...path, key],
    message: `${shown(key)} is not known in ${where}; allowed: ${names.slice(0, MAX_LISTED).join(', ')}`,
    meant: { word: key, among: names },
    atKey: true,
  }));
}

function remarksOf(issue: Issue, data: Plain | undefined, schema: Schema): readonly Remark[] {
  const path = toPath(issue.path);
  if (issue.code === 'unrecognized_keys') return unknownNames(issue, schema);
  if (issue.code === 'invalid_key') {
    const allowed = issue.issues[0]?.message ?? issue.message;
    return [
      { path, message: `${shown(path.at(-1))} is refused as a name; allowed: ${allowed}`, atKey: true },
    ];
  }
  const value = valueAt(data, path);
  const name = path.length === 0 ? 'the file' : showPath(path);
  const words = issue.code === 'invalid_value' ? issue.values : [];
  const among = words.filter((candidate) => typeof candidate === 'string');
  const problem = value === undefined ? `${name} is missing` : `${name} is ${shown(value)}`;
  return [{ path, message: `${problem}; allowed: ${issue.message}`, meant: { word: value, among } }];
}

/** A copy without what stands at `path`; a list that holds it goes as a whole, so that places in lists stay true. */
function without(data: Plain, path: Path): Plain {
  const [part, ...rest] = path;
  if (part === undefined || !isPlainMap(data)) return data;
  const name = String(part);
  const inner = data[name];
  const copy = Object.assign(emptyMap(), data);
  if (rest.length === 0 || !isPlainMap(inner)) delete copy[name];
  else copy[name] = without(inner, rest);
  return copy;
}

/** Copying costs, so only this many wrong parts are left out at once; a file with more is told of those alone. */
const MAX_LEFT_OUT = 20;

/** What is left out can be missed by what held it, which then goes too: as deep as our shapes are. */
const MAX_ROUNDS = 4;

/** The innermost part that exists: of a missing field, what should hold it. */
function existing(data: Plain, path: Path): Path {
  return path.length === 0 || valueAt(data, path) !== undefined ? path : existing(data, path.slice(0, -1));
}

function wrongPaths(error: z.ZodError): readonly Path[] {
  return error.issues.slice(0, MAX_LEFT_OUT).flatMap((issue) => {
    const path = toPath(issue.path);
    return issue.code === 'unrecognized_keys'
      ? issue.keys.slice(0, MAX_LEFT_OUT).map((key) => [...path, key])
      : [path];
  });
}

/** What still fits once all that is wrong is left out; undefined when nothing does. */
function rest<S extends z.ZodType>(data: Plain, schema: S, firstError: z.ZodError): z.output<S> | undefined {
  let left = data;
  let error: z.ZodError = firstError;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    left = wrongPaths(error).reduce((kept, path) => without(kept, existing(kept, path)), left);
    const parsed = schema.safeParse(left);
    if (parsed.success) return parsed.data;
    error = parsed.error;
  }
  return undefined;
}

/** Remarks on what does not fit, as many as are told; the JSON Schema is made once, and only where something is wrong. */
function tell(text: YamlText, data: Plain, schema: z.ZodType, error: z.ZodError): void {
  let json: z.core.JSONSchema.JSONSchema | undefined;
  const jsonSchema = () => (json ??= z.toJSONSchema(schema, { io: 'input', target: 'draft-7' }));
  for (const issue of error.issues.slice(0, MAX_PROBLEMS + 1)) {
    for (const remark of remarksOf(issue, data, jsonSchema)) text.remark(remark);
  }
}

function checkPart<S extends z.ZodType>(text: YamlText, data: Plain, schema: S): Shaped<z.output<S>> {
  const parsed = schema.safeParse(data);
  if (parsed.success) return { value: parsed.data, partial: false };
  tell(text, data, schema, parsed.error);
  return { value: text.more ? undefined : rest(data, schema, parsed.error), partial: true };
}

/**
 * Holds a text against a shape and remarks on all that does not fit. What is wrong is left out and the rest tried
 * again, so that checks across the file can still be made.
 */
export function checkShape<S extends z.ZodType>(text: YamlText, schema: S): Shaped<z.output<S>> {
  return text.data === undefined ? { value: undefined, partial: true } : checkPart(text, text.data, schema);
}

/** Entries of a large map that are checked at once: a file that is wrong throughout costs no more than a part of it. */
const PART = 500;

/** Copies of a map with up to `PART` of its entries each. */
function partsOf(map: PlainMap): readonly PlainMap[] {
  const parts: PlainMap[] = [];
  let part = emptyMap();
  let count = 0;
  for (const [name, value] of Object.entries(map)) {
    if (count++ % PART === 0) {
      part = emptyMap();
      parts.push(part);
    }
    part[name] = value;
  }
  return parts;
}

/**
 * As `checkShape`, with the map `name` of the file looked at in parts, each held against `partShape`, which has that
 * map alone; ends at the first part that brings more problems than are told.
 */
export function checkInParts<T extends Readonly<Record<K, object>>, K extends string>(
  text: YamlText,
  schema: z.ZodType<T>,
  name: K,
  partShape: z.ZodType<Readonly<Record<K, T[K]>>>,
): Shaped<T> {
  const map = isPlainMap(text.data) ? text.data[name] : undefined;
  if (!isPlainMap(text.data) || !isPlainMap(map)) return checkShape(text, schema);
  const [first, ...others] = partsOf(map);
  const head: PlainMap = Object.assign(emptyMap(), text.data, first && { [name]: first });
  const { value, partial } = checkPart(text, head, schema);
  if (others.length === 0 || !value) return { value, partial };
  let wrong = partial;
  const all = { ...value[name] };
  for (const part of others) {
    const shaped = checkPart(text, Object.assign(emptyMap(), { [name]: part }), partShape);
    wrong ||= shaped.partial;
    if (text.more) return { value: undefined, partial: true };
    Object.assign(all, shaped.value?.[name]);
  }
  return { value: { ...value, [name]: all }, partial: wrong };
}
