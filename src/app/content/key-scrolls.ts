import { dirname, join } from 'node:path';
import type { KeyScroll } from '../../domain/playbook.ts';
import type { Ranch } from '../../domain/ranch.ts';
import { loadPlaybooks } from '../../inventory/load-playbooks.ts';

/** The key scrolls that playbooks of kind `content` beside the inventory name for a phext. Throws `playbook-invalid`. */
export async function keyScrollsOf({ file }: Ranch, phext: string): Promise<readonly KeyScroll[]> {
  const playbooks = await loadPlaybooks(join(dirname(file), 'playbooks'));
  return playbooks.flatMap((one) => (one.kind === 'content' && one.phext === phext ? one.scrolls : []));
}
