export * from './access-key.js';
export * from './auth.js';
export * from './channel-ids.js';
export * from './channels.js';
export * from './contract.js';
export * from './fan-out.js';
export * from './seal.js';
export * from './users.js';
