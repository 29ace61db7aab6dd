import { describe, expect, it } from '@jest/globals';
import { COMMANDS } from './commands/index.js';
import { runCommand } from './run-command.js';

/** Runs a command line that ends before any service is asked. */
async function run(line: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const said = { out: '', err: '' };
  const code = await runCommand(line, env, {
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
  });
  return { code, ...said };
}

describe("the operator's command", () => {
  it('shows every command when it is asked for help, and when it is asked for nothing', async () => {
    const help = await run(['--help']);
    expect([help.code, help.err]).toEqual([0, '']);
    for (const { name, args, does } of COMMANDS) {
      expect(help.out).toContain([name, ...args].join(' '));
      expect(help.out).toContain(does);
    }
    expect(await run(['ban', '--help'])).toEqual(help);
    expect(await run([])).toEqual({ code: 2, out: '', err: help.out });
  });

  it.each([
    [['bann', 'alice'], 'there is no command "bann"'],
    [['ban'], 'ban: expected NAME'],
    [['ban', 'alice', 'bob'], 'ban: expected NAME'],
    [['ban', 'alice', '--forever'], "ban: Unknown option '--forever'"],
    [['export-channel', 'lobby'], 'export-channel: expected a UUID, or general'],
    [['export-channel', 'general', '--after', '-1'], '--after'],
    [['export-channel', 'general', '--after=1.5'], '--after: expected a whole number from 0 to'],
    [['retention', 'lobby'], 'retention: expected a UUID, or general'],
    [['retention', 'general', '--days', 'x'], '--days: expected a whole number from 0 to 36500'],
    [['retention', 'general', '--none', '--days', '1'], 'retention: expected either --none or numbers'],
    [['webhook-replay', 'crm', 'lobby'], 'webhook-replay: expected a UUID, or general'],
    [['webhook-replay', 'crm', 'general'], 'webhook-replay: expected --after and a Seq'],
    [
      ['webhook-deliveries', 'crm', '--outcome', 'lost'],
      'webhook-deliveries: expected --outcome taken, waiting or set_aside',
    ],
    [['keys-create', '--scopes', 'act'], 'keys-create: expected --name'],
    [['keys-create', '--name', 'n', '--scopes', 'act,root'], 'keys-create: expected --bot NAME, or --scopes'],
    [['keys-create', '--name', 'n', '--scopes', 'act', '--bot', 'b'], 'keys-create: expected --bot NAME'],
    [['keys-create', '--name', 'n', '--bot', 'b', '--expires-days', '0'], '--expires-days: expected a whole'],
    [['announce', ''], 'announce: expected 1 to 1000 characters'],
    [['delete', 'alice'], 'delete: nothing brings an account back; confirm with --yes'],
  ])('refuses %j with exit code 2', async (line, said) => {
    const { code, out, err } = await run(line);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(said);
  });

  it('names every wrong setting, but no value', async () => {
    const env = { REDIS_URL: 'http://secret', REQUEST_DEADLINE_MS: 'soon' };
    const { code, err } = await run(['ban', 'alice'], env);
    expect(code).toBe(2);
    expect(err).toMatch(/REDIS_URL: expected redis:.*REQUEST_DEADLINE_MS: expected a whole number/);
    expect(err).not.toMatch(/secret|soon/);
  });
});
