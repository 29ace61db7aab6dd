export { Ledger } from './ledger.js';
export type { Account } from './settlement.js';
