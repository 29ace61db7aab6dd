import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { TransportKeys } from './redis/keys.js';
import { RedisTransportError, type RedisTransportErrorCode } from './transport-error.js';
import { type Bounds, CLIENT_BOUNDS, SERVER_BOUNDS } from './transport-options.js';

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** The cells of the first table after a heading, without its head. */
function table(heading: string): string[][] {
  const section = README.slice(README.indexOf(`${heading}\n`))
    .split('\n')
    .slice(1);
  const begin = section.findIndex((line) => line.startsWith('|'));
  const rows = section.slice(begin);
  const end = rows.findIndex((line) => !line.startsWith('|'));
  return rows.slice(2, end).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function bounds(table: Readonly<Record<string, Bounds>>): string[][] {
  return Object.entries(table).map(([name, [value, min, max]]) => [
    `\`${name}\``,
    ...[value, min, max].map(String),
  ]);
}

describe('the README', () => {
  it('lists the numbers of the server as they are', () => {
    expect(table('### Server').map((row) => row.slice(0, 4))).toEqual(bounds(SERVER_BOUNDS));
  });

  it('lists the numbers of the client as they are', () => {
    expect(table('### Client').map((row) => row.slice(0, 4))).toEqual(bounds(CLIENT_BOUNDS));
  });

  it('lists every key and channel', () => {
    const keys = new TransportKeys('P', 'S');
    const made = [
      keys.requests(),
      keys.depth(),
      keys.partial(),
      keys.dead(),
      keys.done('<key>'),
      keys.sent('C'),
      keys.reply('C'),
      keys.events(),
      keys.eventsSent('C'),
      keys.eventsDead(),
    ];
    expect(table('## Keys and channels').map(([key]) => key)).toEqual(made.map((key) => `\`${key}\``));
    const methods = Object.getOwnPropertyNames(TransportKeys.prototype).filter(
      (name) => name !== 'constructor',
    );
    expect(made).toHaveLength(methods.length);
  });

  it('lists every error code, and whether it is retryable', () => {
    const codes: Record<RedisTransportErrorCode, true> = {
      OVERLOADED: true,
      DEADLINE_EXCEEDED: true,
      UNAVAILABLE: true,
      STORAGE_FULL: true,
      SET_ASIDE: true,
      IN_PROGRESS: true,
      CLOSED: true,
    };
    const rows = (Object.keys(codes) as RedisTransportErrorCode[]).map((code) => [
      `\`${code}\``,
      new RedisTransportError(code, '').retryable ? 'yes' : 'no',
    ]);
    expect(table('## Errors').map((row) => row.slice(0, 2))).toEqual(rows);
  });
});
