import { markdownTable } from 'markdown-table';
import { holds, type Row } from './row.js';
import { seconds } from './seconds.js';

const COLUMNS = [
  'fault',
  'times',
  'acknowledged',
  'stored',
  'delivered',
  'lost',
  'doubled',
  'out of order',
  'failed',
  'all well after',
  'verdict',
];

/** "0.8 s", or the range of several. */
function span(ms: readonly number[]): string {
  if (ms.length === 0) return '';
  const [least, most] = [seconds(Math.min(...ms)), seconds(Math.max(...ms))];
  return least === most ? most : `${least} to ${most}`;
}

function cells(row: Row): string[] {
  const { acknowledged, stored, delivered, lost, lostAsDocumented, doubled, outOfOrder, failed } =
    row.account;
  const losses = lostAsDocumented > 0 ? `${lost} (and ${lostAsDocumented} as documented)` : `${lost}`;
  const counts = [row.times, acknowledged, stored, delivered, losses, doubled, outOfOrder, failed].map(
    String,
  );
  return [row.fault, ...counts, span(row.wellMs), holds(row) ? 'holds' : '**does not hold**'];
}

/** The rows as a Markdown table, followed by a list of the claims about each: what is claimed each time the same is there once. */
export function markdown(rows: readonly Row[]): string {
  const claims = rows.flatMap(({ fault, claims: made }) =>
    made.map(({ text, holds: it }) => `- ${fault}: ${text}${it ? '' : ' **(does not hold)**'}`),
  );
  return [markdownTable([COLUMNS, ...rows.map(cells)]), '', ...new Set(claims)].join('\n');
}

/** The reasons why a row does not hold, for people. */
export function faultsOf(row: Row): string[] {
  const broken = row.claims.filter((claim) => !claim.holds).map(({ text }) => `does not hold: ${text}`);
  return [...row.account.faults, ...broken].map((line) => `${row.fault}: ${line}`);
}
