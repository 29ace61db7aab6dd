export type { MayLose } from './ledger/entries.js';
export { Ledger } from './ledger/ledger.js';
export type { Account } from './ledger/settlement.js';
export { seconds } from './report/seconds.js';
export { Scene } from './stage/scene.js';
export { Stage } from './stage/stage.js';
export { chatClient } from './traffic/chat-client.js';
export { Traffic, type TrafficOptions } from './traffic/traffic.js';
