export { codeWords, documentedTable } from './documented-table.js';
export { declaredMetrics, type Metric } from './metric-rows.js';
export type { Row } from './table.js';
