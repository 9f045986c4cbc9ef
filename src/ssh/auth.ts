import type { AnyAuthMethod, AuthHandlerMiddleware, ParsedKey, Prompt } from 'ssh2';
import { excerpt } from '../domain/excerpt.ts';
import { chosenAgent, type Ssh2 } from './agent.ts';
import type { Deadline } from './deadline.ts';
import { authenticationFault } from './faults.ts';
import type { Hop } from './hop.ts';
import type { Identity, Keyring } from './keyring.ts';
import type { Ask } from './options.ts';

/** What authentication needs besides the hop. */
export interface Credentials {
  readonly keyring: Keyring;
  readonly askPassword?: Ask;
  readonly ssh2: Ssh2;
}

/** One thing to try; resolves to undefined when it turns out not to be there. */
interface Offer {
  readonly label: string;
  /** The method's name as the host lists it. */
  readonly method: string;
  readonly make: () => Promise<AnyAuthMethod | undefined>;
}

function keyOffer(user: string, path: string, key: () => Promise<ParsedKey | undefined>): Offer {
  return {
    label: path,
    method: 'publickey',
    make: async () => {
      const found = await key();
      return found && { type: 'publickey', username: user, key: found };
    },
  };
}

/** Characters of a host's question that a person is shown. */
const MAX_PROMPT = 200;

function passwordOffers(hop: Hop, ask: Ask, deadline: Deadline): readonly Offer[] {
  const answer = async (prompt: Prompt): Promise<string> => {
    const text = `${hop.user}@${hop.name}: "${excerpt(prompt.prompt.trim(), MAX_PROMPT)}" `;
    return (await deadline.standStill(ask(text)))?.reveal() ?? '';
  };
  const keyboard: AnyAuthMethod = {
    type: 'keyboard-interactive',
    username: hop.user,
    prompt: (_name, _instructions, _language, prompts, finish) => {
      const answers = prompts.reduce<Promise<readonly string[]>>(
        async (before, prompt) => [...(await before), await answer(prompt)],
        Promise.resolve([]),
      );
      answers.then(
        (all) => finish([...all]),
        () => finish([]),
      );
    },
  };
  const password = async (): Promise<AnyAuthMethod | undefined> => {
    const secret = await deadline.standStill(ask(`Password of ${hop.user}@${hop.name}: `));
    return secret && { type: 'password', username: hop.user, password: secret.reveal() };
  };
  return [
    { label: 'keyboard-interactive', method: 'keyboard-interactive', make: async () => keyboard },
    { label: 'password', method: 'password', make: password },
  ];
}

function agentOffer(hop: Hop, identities: readonly Identity[], credentials: Credentials): readonly Offer[] {
  const { agent: path } = hop;
  if (path === undefined) return [];
  const wanted = identities.flatMap((one) =>
    (one.kind === 'key' || one.kind === 'encrypted') && one.publicKey !== undefined ? [one.publicKey] : [],
  );
  if (hop.identitiesOnly && wanted.length === 0) return [];
  const make = async (): Promise<AnyAuthMethod> => ({
    type: 'agent',
    username: hop.user,
    agent: chosenAgent(credentials.ssh2, path, wanted, hop.identitiesOnly),
  });
  return [{ label: `agent ${path}`, method: 'publickey', make }];
}

/** Why a key that was asked for by name could not even be offered; default names may be missing. */
function notesOn(identities: readonly Identity[], hop: Hop): readonly string[] {
  return identities.flatMap((one) => {
    if (one.kind === 'missing') return hop.identitiesOnly ? [`${one.path} (no such file)`] : [];
    return one.kind === 'unusable' ? [`${one.path} (${one.reason})`] : [];
  });
}

/** Everything to try, in order: the agent, keys at hand, keys behind a passphrase, people, and last nothing at all. */
function offersFor(
  hop: Hop,
  identities: readonly Identity[],
  credentials: Credentials,
  deadline: Deadline,
): readonly Offer[] {
  const plain = identities.flatMap((one) =>
    one.kind === 'key' ? [keyOffer(hop.user, one.path, async () => one.key)] : [],
  );
  const locked = identities.flatMap((one) =>
    one.kind === 'encrypted' ? [keyOffer(hop.user, one.path, () => deadline.standStill(one.unlock()))] : [],
  );
  const people = credentials.askPassword ? passwordOffers(hop, credentials.askPassword, deadline) : [];
  // Hosts that know us by the network alone (Tailscale SSH) take `none`.
  const none: Offer = {
    label: 'none',
    method: 'none',
    make: async () => ({ type: 'none', username: hop.user }),
  };
  // A key file that the inventory names comes first and alone; the agent helps only where the file is locked.
  const files = hop.identitiesOnly
    ? [...plain, ...agentOffer(hop, identities, credentials)]
    : [...agentOffer(hop, identities, credentials), ...plain];
  return [...files, ...locked, ...people, none];
}

/**
 * What ssh2 asks for the next method. When nothing is left, or something breaks, `giveUp` is told and ssh2 is left
 * waiting: the connection is then closed from outside.
 */
export function authHandler(
  hop: Hop,
  credentials: Credentials,
  deadline: Deadline,
  giveUp: (error: unknown) => void,
): AuthHandlerMiddleware {
  const tried: string[] = [];
  const read = Promise.all(hop.identityFiles.map((path) => credentials.keyring.identity(path)));
  let offers: readonly Offer[] | undefined;
  let position = 0;
  const nextMethod = async (allowed: readonly string[] | null): Promise<AnyAuthMethod> => {
    const identities = await read;
    offers ??= offersFor(hop, identities, credentials, deadline);
    for (let offer = offers[position++]; offer !== undefined; offer = offers[position++]) {
      if (offer.method !== 'none' && allowed !== null && !allowed.includes(offer.method)) continue;
      const method = await offer.make();
      if (method === undefined) tried.push(`${offer.label} (locked)`);
      else if (method.type !== 'none') tried.push(offer.label);
      if (method !== undefined) return method;
    }
    throw authenticationFault(hop, [...tried, ...notesOn(identities, hop)], allowed ?? []);
  };
  return (allowed, _partial, next) => {
    // The types say otherwise, but the first call comes with null: nothing has been refused yet.
    nextMethod(allowed as readonly string[] | null).then(next, giveUp);
  };
}
