import type { Command } from './command.js';

const line = (command: Command): string => [command.name, ...command.args, ...optionsOf(command)].join(' ');

const optionsOf = ({ options = {} }: Command): string[] =>
  Object.entries(options).map(([name, { type }]) => `[--${name}${type === 'string' ? ' TEXT' : ''}]`);

/** What `--help` prints. */
export function usageOf(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => line(command).length)) + 2;
  const rows = commands.map((command) => `  ${line(command).padEnd(width)}${command.does}`);
  return `What only an operator may do to a running chat.

  npm run admin -- COMMAND ARGS

Commands
${rows.join('\n')}

A NAME is a username, in any letter case. A CHANNEL is a UUID, or general. A SUB is who a user is to
the identity provider whose tokens the chat takes; --issuer names another one. An ID is that of a
key, between its underscores. It reaches the Redis of \`npm start\` without settings. Elsewhere, REDIS_URL and the
other settings of Redis say where Redis is; its user is \`operator\`.
Exit code: 0 done, 1 refused, 2 the command line or a setting is wrong, 3 the services do not answer.
`;
}
