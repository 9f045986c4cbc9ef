import { against, alternate, median } from '../measure.ts';
import { costOf } from '../process.ts';
import type { Row } from '../row.ts';

const wall = async (argv: readonly string[]): Promise<number> => (await costOf(argv)).wall;

/** What it takes until help is shown, against what Node takes to do nothing. */
export const help: Row = {
  id: 7,
  title: '`ranch --help` against bare `node -e 0`',
  needs: [],
  async run({ ranch }) {
    const took = await alternate(
      {
        ranch: () => wall([...ranch, '--help']),
        node: () => wall([process.execPath, '-e', '0']),
      },
      { rounds: 21, warmUps: 1 },
    );
    const [ours, theirs] = [took('ranch'), took('node')];
    return [
      {
        what: 'wall',
        value: median(ours) / median(theirs),
        unit: 'x',
        atMost: 1.6,
        evidence: against(ours, theirs),
      },
    ];
  },
};
