export * from './acl.js';
export * from './acl-file.js';
export * from './connection.js';
export * from './errors.js';
export * from './master-of.js';
export * from './script.js';
export * from './settings.js';
