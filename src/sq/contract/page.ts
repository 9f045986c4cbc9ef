import { isDeepStrictEqual } from 'node:util';
import { type Build, HELD_ONCE, TRIED } from './build.ts';
import { CONTRACT } from './contract.ts';
import { ENDPOINTS } from './endpoints.ts';
import { type Area, applies, defectOf, type Row, told, wanted } from './row.ts';

const TITLES: Readonly<Record<Area, string>> = {
  scrolls: 'Scrolls',
  'whole phext': 'A whole phext',
  http: 'Methods, paths and the wire',
  access: 'Access',
  cors: 'CORS',
  coordinates: 'Coordinates and texts',
  memory: 'What it holds in memory',
  limits: 'Limits',
};

const LONGEST = 160;

/** A cell of a table: one line, nothing in it is Markdown. */
function cell(text: string): string {
  const shown = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  const escaped = shown
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
    .replace(/[\u0000-\u001f]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return `\`${escaped.replaceAll('`', "'").replaceAll('|', '\\|')}\``;
}

function plain(text: string): string {
  return text.replaceAll('|', '\\|');
}

function shortName({ version, libphext }: Build): string {
  return version === '0.5.2' ? `${version} (libphext ${libphext})` : version;
}

/** What the builds give, those that give the same together; one cell without names where all do. */
function givesCell(row: Row): string {
  const groups: { readonly builds: Build[]; readonly value: unknown }[] = [];
  const about = TRIED.filter((build) => applies(row, build));
  for (const build of about) {
    const value = wanted(row, build);
    const same = groups.find((group) => isDeepStrictEqual(group.value, value));
    if (same) same.builds.push(build);
    else groups.push({ builds: [build], value });
  }
  const [only] = groups;
  if (only && groups.length === 1 && about.length === TRIED.length) return cell(told(only.value));
  return groups
    .map(({ builds, value }) => `${builds.map(shortName).join(', ')}: ${cell(told(value))}`)
    .join('<br>');
}

/** Severity, the builds that have it, and what to do; a dash where nothing is wrong. */
function defectCell(row: Row): string {
  const having = TRIED.filter((build) => defectOf(row, build) !== undefined);
  if (!row.defect || having.length === 0) return '–';
  const whose = having.length === TRIED.length ? '' : ` (${having.map(shortName).join(', ')})`;
  return `**${row.defect.severity}**${whose}: ${plain(row.defect.advice)}`;
}

function rowLine(row: Row): string {
  const asks = row.asks.map(cell).join('<br>') || '–';
  return `| ${row.name} | ${plain(row.what)} | ${asks} | ${givesCell(row)} | ${defectCell(row)} |`;
}

function areaLines(area: Area): readonly string[] {
  return [
    '',
    `## ${TITLES[area]}`,
    '',
    '| name | what SQ does | asked | answered | severity, and what to do |',
    '| --- | --- | --- | --- | --- |',
    ...CONTRACT.filter((row) => row.area === area).map(rowLine),
  ];
}

const HEAD = `# The API of SQ, as it is

Made from the table in \`src/sq/contract\` by \`node scripts/sq-api.mjs\`; do not edit it here. The same table is tried on the
real ${TRIED.map(shortName).join(', ')} by \`npm run test:sq\` (and was, once, by hand, on
${HELD_ONCE.map(shortName).join(', ')}), and on the program that runs on a host by
\`ranch validate\`, which tells what it finds under the names below. \`$p\` stands for the name of a phext.

SQ listens on every address of its host. All paths begin with \`/api/v2/\`. A request names a phext (\`p\`, without
\`.phext\`), and for a scroll its coordinate (\`c\`). With \`--key KEY\` it needs \`Authorization: Bearer KEY\`.

## Endpoints

| methods | path | parameters | reply | shown by |
| --- | --- | --- | --- | --- |`;

/** docs/sq-api.md. */
export function apiPage(): string {
  const endpoints = ENDPOINTS.map(
    ({ methods, path, parameters, reply, rows }) =>
      `| ${methods} | ${path} | ${parameters} | ${reply} | ${rows.join(', ')} |`,
  );
  const areas = Array.from(new Set(CONTRACT.map(({ area }) => area)));
  return [HEAD, ...endpoints, ...areas.flatMap(areaLines), ''].join('\n');
}
