import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import {
  COMMANDS_BEFORE,
  COMMON,
  HEARING,
  HEARING_ONCE,
  HEARS,
  OWN_COMMANDS,
  REDIS_USERS,
  SERVING,
} from '@parley/redis';
import { Redis } from 'ioredis';

const root = fileURLToPath(new URL('../../..', import.meta.url));
/** The names of all commands. */
const known = new Set(Redis.prototype.getBuiltinCommands());

/** The text of the sources in a folder, without tests and what only tests use. */
function sources(folder: string, ending: string): string {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith(ending) && !name.includes('.spec.') && !name.includes('fixtures/'))
    .map((name) => readFileSync(join(root, folder, name), 'utf8'))
    .join('\n');
}

/** The commands that scripts call, directly or by a name that they hold in a variable, and those that TypeScript sends. */
function commandsOf(folder: string): string[] {
  const lua = sources(folder, '.lua').replace(/--.*/g, '');
  const ts = sources(folder, '.ts');
  const called = [...lua.matchAll(/'(XINFO|XGROUP)', '([A-Z]+)'/g)].map(
    ([, name, part]) => `${name}|${part}`,
  );
  const named = [...lua.matchAll(/'([A-Z]+)'/g)].map(([, name]) => name!);
  const sent = [...ts.matchAll(/\b(?:redis|client|pipeline)\)?\.([a-z]+)\(/g)].map(([, name]) => name!);
  const nested = [...ts.matchAll(/\.(xinfo|xgroup)\(\s*'([A-Z]+)'/g)].map(
    ([, name, part]) => `${name}|${part}`,
  );
  const plain = [...named, ...sent].map((name) => name.toLowerCase()).filter((name) => known.has(name));
  const containers = ['xinfo', 'xgroup', 'client'];
  const all = [...plain.filter((name) => !containers.includes(name)), ...called, ...nested];
  return [...new Set(all.map((name) => name.toLowerCase()))].sort();
}

/** Pub/sub has channels of its own, and `quit` needs no right. */
const ELSEWHERE = ['publish', 'spublish', 'subscribe', 'ssubscribe', 'quit'];
const without = (commands: readonly string[], others: readonly string[]) =>
  commands.filter((command) => !others.includes(command)).sort();

describe('the commands that the Redis users may send', () => {
  it.each(REDIS_USERS)('are for %s the ones in its sources', (service) => {
    const used = without(commandsOf(`apps/${service}/src`), [...COMMON, ...ELSEWHERE]);
    expect([...OWN_COMMANDS[service]].sort()).toEqual(used);
    // What only the version before sends is listed apart, and goes with the release after.
    expect(used.filter((command) => COMMANDS_BEFORE[service]?.includes(command))).toEqual([]);
  });

  it('are for the transport the ones in its sources', () => {
    const used = without(commandsOf('libs/redis-transport/src'), [...COMMON, ...ELSEWHERE]);
    expect([...SERVING].sort()).toEqual(used);
    expect(without([...HEARING, ...HEARING_ONCE], SERVING)).toEqual([]);
  });
});

describe('the events that the Redis users may read', () => {
  it.each(REDIS_USERS)('are for %s those that its handlers ask for', (service) => {
    const handlers = [
      ...sources(`apps/${service}/src`, '.ts').matchAll(/@EventPattern\(\w+(?:, \{(.*?)\})?\)/gs),
    ];
    const from = (isBroadcast: boolean) =>
      handlers
        .map(([, extras = '']) => extras)
        .filter((extras) => extras.includes('broadcast: true') === isBroadcast)
        .map((extras) => /from: '(\w+)'/.exec(extras)?.[1]);
    expect(new Set(from(true))).toEqual(new Set(HEARS[service].broadcast));
    expect(new Set(from(false))).toEqual(new Set(HEARS[service].once));
  });
});
