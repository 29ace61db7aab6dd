import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { COMMANDS } from './commands/index.js';
import { EXIT, EXIT_MEANINGS } from './exit-codes.js';
import { GLOBAL_OPTIONS } from './options.js';
import { runCommand } from './run-command.js';
import { written } from './usage.js';
import { version } from './version.js';

describe('a command line', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-cli-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Runs a command line that ends before any server is asked. */
  async function run(...line: string[]) {
    const said = { out: '', err: '' };
    const code = await runCommand(
      line,
      { XDG_CONFIG_HOME: folder },
      {
        input: Readable.from([]),
        out: async (text) => {
          said.out += text;
        },
        err: (text) => {
          said.err += text;
        },
        isInteractive: false,
        interruption: () => new AbortController().signal,
      },
    );
    return { code, ...said };
  }

  it('shows every command, the common options and the exit codes when it is asked for help', async () => {
    const help = await run('--help');
    expect([help.code, help.err]).toEqual([EXIT.done, '']);
    for (const command of COMMANDS) {
      expect(help.out).toContain(`  ${written(command)} `);
      expect(help.out).toContain(command.does);
    }
    for (const name of Object.keys(GLOBAL_OPTIONS)) expect(help.out).toContain(`--${name}`);
    for (const meaning of Object.values(EXIT_MEANINGS)) expect(help.out).toContain(meaning);
    expect(await run('help')).toEqual(help);
  });

  it('shows the options of one command', async () => {
    const { code, out } = await run('history', '--help');
    expect(code).toBe(EXIT.done);
    expect(out).toContain('parley history [CHANNEL]: ');
    expect(out).toContain('--before SEQ');
    expect(out).toContain('{channelUUID, messages, hasMore}');
    expect(await run('help', 'history')).toEqual({ code, out, err: '' });
  });

  it('says its version', async () => {
    expect(await run('--version')).toEqual({ code: 0, out: `${version()}\n`, err: '' });
  });

  it('explains itself where it cannot open the full screen', async () => {
    const { code, out, err } = await run();
    expect([code, out]).toEqual([EXIT.usage, '']);
    expect(err).toContain('Commands');
  });

  it.each([
    [['frob'], 'there is no command "frob"'],
    [['send'], 'send: expected CHANNEL [TEXT…]'],
    [['whoami', 'ada'], 'whoami: expected no arguments'],
    [['contacts', 'add'], 'contacts add: expected NAME'],
    [['contacts', 'frob'], 'contacts: expected no arguments'],
    [['users', '--topic', 'x'], 'users has no option --topic'],
    [['users', '--frob'], '--frob'],
    [['users', '--limit', '0'], '--limit 0: expected a whole number from 1 to'],
    [['users', '--limit', '1e3'], '--limit 1e3'],
    [['users', '--timeout', 'soon'], '--timeout soon: expected seconds'],
    [['users', '--server', 'ftp://x'], '--server ftp://x: expected an address'],
    [['history', '--before', '3', '--after', '1'], 'expected --before or --after'],
    [['send', 'ada', 'hi', '--lines'], 'send --lines: expected the messages on standard input'],
    [['send', 'ada'], 'send: expected a message'],
    [['login', '--password-stdin'], 'expected NAME'],
    [['login', 'ada'], 'use --password-stdin'],
    [['login', '--token', 'x', '--create'], 'expected --token, or a name'],
    [['completion', 'tcsh'], 'expected bash, zsh or fish'],
    [['completion', 'bash', '--json'], 'completion prints no JSON'],
    [['chat'], 'chat: expected a terminal'],
  ])('%j is refused with exit code 2', async (line, said) => {
    const { code, out, err } = await run(...line);
    expect([code, out]).toEqual([EXIT.usage, '']);
    expect(err).toContain(said);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });

  it('needs somebody who is signed in', async () => {
    const { code, err } = await run('whoami', '--server', 'http://localhost:1');
    expect([code, err]).toEqual([
      EXIT.notSignedIn,
      'parley: nobody is signed in at http://localhost:1: parley login NAME\n',
    ]);
  });

  it('tells scripts in JSON what went wrong', async () => {
    const { code, out, err } = await run('users', '--json');
    expect([code, out]).toEqual([EXIT.notSignedIn, '']);
    expect(JSON.parse(err)).toEqual({
      error: { name: 'NOT_SIGNED_IN', message: expect.stringContaining('parley login'), retryable: false },
    });
  });

  it('says that a server cannot be reached with a code of its own', async () => {
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    const { port } = listener.address() as { port: number };
    await new Promise((resolve) => listener.close(resolve));
    const { code, err } = await run('login', '--token', 'a.b.c', '--server', `127.0.0.1:${port}`);
    expect([code, err]).toEqual([EXIT.unavailable, expect.stringContaining('cannot be reached')]);
  });
});

describe('the commands', () => {
  it('have names, and options of one type, that do not contradict each other', () => {
    const names = COMMANDS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const types = new Map<string, string>(
      Object.entries(GLOBAL_OPTIONS).map(([name, { type }]) => [name, type]),
    );
    for (const { options = {} } of COMMANDS)
      for (const [name, { type }] of Object.entries(options)) {
        expect([name, types.get(name) ?? type]).toEqual([name, type]);
        expect(name in GLOBAL_OPTIONS).toBe(false);
        types.set(name, type);
      }
  });

  it('say what they print for scripts, but for those that are for people', () => {
    const silent = COMMANDS.filter(({ json }) => json === undefined).map(({ name }) => name);
    expect(silent).toEqual(['chat', 'completion']);
  });
});
