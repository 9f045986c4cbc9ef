import { type Subject, subjectsOn } from '../../checks/subject.ts';
import { RanchError } from '../../domain/errors.ts';
import type { HostSpec } from '../../domain/ranch.ts';
import { look } from '../../host/observe.ts';
import { type MaintainContext, visit } from '../maintain/context.ts';

function wrong(
  spec: HostSpec,
  code: 'usage' | 'host-unsupported',
  message: string,
  remedy: string,
): RanchError {
  return new RanchError({ code, place: spec.name, message, remedy });
}

/** The running instances that a phext can be read of: those there for it, else those that have its file, else all. */
export function fitting(subjects: readonly Subject[], phext: string): readonly Subject[] {
  const own = subjects.filter(({ primary }) => primary === phext);
  if (own.length > 0) return own;
  const having = subjects.filter(({ phexts }) => phexts.some(({ name }) => name === phext));
  return having.length > 0 ? having : subjects;
}

/** Visits a host and uses the one running instance that a phext is of. Throws `usage` where several could be meant. */
export async function withSubject<T>(
  context: MaintainContext,
  spec: HostSpec,
  phext: string,
  ports: readonly number[],
  use: (subject: Subject) => Promise<T>,
): Promise<T> {
  const { clock, known, signal } = context;
  return await visit(context, spec, async (shell) => {
    const observation = await look(shell, spec, clock, known, signal);
    const [only, ...more] = fitting(subjectsOn(spec, shell, observation, known, ports), phext);
    if (!only) {
      throw wrong(
        spec,
        'host-unsupported',
        'no SQ that is meant runs there',
        'Start it (`ranch start HOST`).',
      );
    }
    if (more.length > 0) {
      const all = [only, ...more].map(({ instance }) => instance.port).join(', ');
      throw wrong(spec, 'usage', `SQ runs on ports ${all}`, 'Name the one that is meant with `--port`.');
    }
    return await use(only);
  });
}
