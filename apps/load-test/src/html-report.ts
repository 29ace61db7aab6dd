import { chartOfRates, chartsOf } from './charts.js';
import { COLORS, escaped } from './line-chart.js';
import type { Report, RunReport } from './report.js';
import { table } from './table.js';

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2330; --soft: #667085; --line: #e4e7ec; --paper: #fff; --card: #f8f9fb;
  --c0: #2563eb; --c1: #d97706; --c2: #059669; --c3: #db2777; --c4: #7c3aed; --c5: #64748b; --c6: #dc2626; --c7: #0891b2; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #98a2b3; --line: #2b3240; --paper: #12161f; --card: #1a2030;
  --c0: #60a5fa; --c1: #fbbf24; --c2: #34d399; --c3: #f472b6; --c4: #a78bfa; --c5: #94a3b8; --c6: #f87171; --c7: #22d3ee; } }
body { margin: 0 auto; padding: 24px; max-width: 1360px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { margin: 0 0 4px; font-size: 24px; } p { margin: 0 0 16px; color: var(--soft); }
pre { padding: 16px; overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  font: 13px/1.5 ui-monospace, monospace; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); gap: 16px; }
figure { margin: 0; padding: 12px 12px 8px; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
figcaption { font-weight: 600; } small { color: var(--soft); font-weight: 400; }
svg { display: block; width: 100%; height: auto; } svg text { fill: var(--soft); font-size: 12px; }
.grid { stroke: var(--line); } polyline { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; }
circle { fill: currentColor; } .legend { font-size: 13px; } .key { margin-right: 12px; white-space: nowrap; }
.key::before { content: "●"; margin-right: 4px; }
${Array.from({ length: COLORS }, (_, index) => `.c${index} { color: var(--c${index}); }`).join(' ')}
`;

/** The run whose charts are shown: the one at the limit when a search found it, otherwise the last one. */
const shown = ({ runs, limit }: Report): RunReport => runs.find(({ rate }) => rate === limit) ?? runs.at(-1)!;

/** The report as one self-contained HTML file. */
export function htmlReport(report: Report): string {
  const { scenario, startedAt, urls, runs, limit } = report;
  const run = shown(report);
  const rates = limit === undefined ? '' : chartOfRates(runs);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Load test: ${escaped(scenario)}</title><style>${STYLE}</style></head><body>
<h1>Load test: ${escaped(scenario)}, ${run.rate} messages/s</h1>
<p>${escaped(startedAt)} · ${urls.map(escaped).join(' · ')}</p>
<pre>${escaped(table(report))}</pre>
<div class="charts">
${rates}
${chartsOf(run)}
</div>
</body></html>
`;
}
