import { carryOutContent, contentExit, contentFindings } from '../app/content/deploy.ts';
import { type ContentOrder, previewContent } from '../app/content/preview.ts';
import { lookAfter } from '../app/look-after.ts';
import type { MaintainContext } from '../app/maintain/context.ts';
import type { Workspace } from '../app/workspace.ts';
import { EXIT, type ExitCode } from '../domain/errors.ts';
import type { HostSpec } from '../domain/ranch.ts';
import { contentOutcomeLines, previewLines } from '../views/content-lines.ts';
import { jsonLine } from '../views/json-lines.ts';
import { agree } from './agree.ts';
import type { Door } from './door.ts';

/** Shows what an order would do, asks, carries it out and tells what became of each host. */
export async function deployThrough(
  door: Door,
  context: MaintainContext,
  workspace: Workspace,
  hosts: readonly HostSpec[],
  order: ContentOrder,
  { yes, what, dryRun }: { readonly yes: boolean; readonly what: string; readonly dryRun: boolean },
): Promise<ExitCode> {
  const { json, verbose } = door.options;
  const previews = await previewContent(context, hosts, order);
  const shown = previews.map(({ preview }) => preview);
  if (json)
    door.print(shown.map((preview) => jsonLine({ type: 'content-preview', phext: order.phext, ...preview })));
  else if (dryRun) door.print(previewLines(shown, door.view, verbose));
  else door.say(previewLines(shown, door.talk, verbose));
  if (dryRun) return EXIT.ok;
  const changing = shown.filter(({ kind }) => kind === 'change').length;
  const question = `${what} on ${changing === 1 ? 'one host' : `${changing} hosts`}? What is there is kept beside it.`;
  if (changing > 0 && !(await agree(door, question, yes))) {
    door.say(['Nothing was done.']);
    return EXIT.ok;
  }
  let stop = false;
  const letGo = door.io.onInterrupt(() => {
    stop = true;
    door.say(['No further host is begun.']);
  });
  try {
    const outcomes = await carryOutContent(context, previews, order, {
      stopAsked: () => stop,
      onOutcome: (outcome) =>
        door.print(
          json
            ? [jsonLine({ type: 'content', phext: order.phext, ...outcome })]
            : contentOutcomeLines(outcome, door.view),
        ),
    });
    (await workspace.store()).recordFindings(null, contentFindings(outcomes));
    const touched = outcomes.filter(({ outcome }) => outcome !== 'skipped' && outcome !== 'unreachable');
    await lookAfter(workspace, new Set(touched.map(({ host }) => host)));
    return contentExit(outcomes);
  } finally {
    letGo();
  }
}
