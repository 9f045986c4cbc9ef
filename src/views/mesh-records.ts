import type { MeshReport } from '../domain/mesh.ts';
import { jsonLine } from './json-lines.ts';

/** `mesh --json`: the verdict, each SQ, each pair, each finding; one record a line. */
export function meshRecords(report: MeshReport): readonly string[] {
  const { nodes, pairs, findings, ...rest } = report;
  return [
    jsonLine({ type: 'mesh', ...rest }),
    ...nodes.map(({ kind, ...node }) => jsonLine({ type: kind, ...node })),
    ...pairs.map(({ kind, ...pair }) => jsonLine({ type: kind, ...pair })),
    ...findings.map((each) => jsonLine({ type: 'finding', ...each })),
  ];
}
