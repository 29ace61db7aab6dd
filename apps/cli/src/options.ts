import type { Options } from './command.js';

/** Options of every command. */
export const GLOBAL_OPTIONS = {
  server: {
    type: 'string',
    value: 'URL',
    does: 'the server; otherwise PARLEY_SERVER, or the one that was signed in to last',
  },
  json: { type: 'boolean', does: 'prints JSON: one document, or one on each line of a stream' },
  timeout: { type: 'string', value: 'SECONDS', does: 'how long the server may take; 30 by default' },
  help: { type: 'boolean', does: 'explains the command' },
  version: { type: 'boolean', does: 'prints the version' },
} as const satisfies Options;
