/** Something that must stay where it was put. */
export interface Canary {
  readonly name: string;
  readonly value: Buffer;
}

/** A canary made of a text. */
export function canary(name: string, text: string): Canary {
  return { name, value: Buffer.from(text) };
}

/** The middle of a base64 text that does not depend on what stands around the value, for each of its three alignments. */
function base64Forms(value: Buffer): readonly string[] {
  return [0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), value])
      .toString('base64')
      .replace(/=+$/, '');
    // The characters that share bits with what comes before or after.
    const first = Math.ceil((before * 8) / 6);
    const last = Math.floor(((before + value.length) * 8) / 6);
    return whole.slice(first, last);
  });
}

/** Every way in which a value may turn up: as it is, escaped, in base64 (any alignment), hexadecimal, URL-encoded. */
export function formsOf({ value }: Canary): ReadonlyMap<string, string> {
  const text = value.toString('utf8');
  const readable = Buffer.from(text).equals(value);
  const percent = [...value].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
  const forms = new Map<string, string>([
    ['plain', value.toString('latin1')],
    ['hex', value.toString('hex')],
    ['percent', percent],
  ]);
  for (const [at, form] of base64Forms(value).entries()) {
    forms.set(`base64+${at}`, form);
    forms.set(`base64url+${at}`, form.replaceAll('+', '-').replaceAll('/', '_'));
  }
  if (readable) {
    const latin = (form: string): string => Buffer.from(form).toString('latin1');
    forms.set('URL', encodeURIComponent(text));
    forms.set('form', encodeURIComponent(text).replaceAll('%20', '+'));
    forms.set('JSON', latin(JSON.stringify(text).slice(1, -1)));
    forms.set('shell', latin(text.replaceAll("'", "'\\''")));
  }
  return forms;
}

/** Forms whose letters may be of either case. */
const ANY_CASE = /^(?:hex|percent|URL|form)$/;

/** What of the canaries is in some bytes: `name as form`, once each. */
export function found(canaries: readonly Canary[], bytes: Uint8Array | string): readonly string[] {
  const hay = Buffer.from(bytes).toString('latin1');
  const low = hay.toLowerCase();
  // Base64 is often broken into lines.
  const whole = hay.replace(/\s+/g, '');
  const matches = (form: string, text: string): boolean => {
    if (form.startsWith('base64')) return whole.includes(text);
    return ANY_CASE.test(form) ? low.includes(text.toLowerCase()) : hay.includes(text);
  };
  return canaries.flatMap((one) =>
    [...formsOf(one)].filter(([form, text]) => matches(form, text)).map(([form]) => `${one.name} as ${form}`),
  );
}
