export { Ledger, type MayLose } from './ledger/ledger.js';
export type { Account } from './ledger/settlement.js';
export { Traffic, type TrafficOptions } from './traffic/traffic.js';
