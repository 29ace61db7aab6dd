export { Ledger, type MayLose } from './ledger.js';
export type { Account } from './settlement.js';
export { Traffic, type TrafficOptions } from './traffic.js';
