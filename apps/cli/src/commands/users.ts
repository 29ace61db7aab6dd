import type { User } from '@parley/protocol';
import type { Command } from '../command.js';
import { wholeNumber } from '../numbers.js';
import { plainLine } from '../output/plain-text.js';
import { signedIn } from '../session/signed-in.js';

/** A user in a line: who is online first meets the eye. */
export const userText = ({ Username, OnLine }: User): string =>
  `${OnLine ? '●' : '○'} ${plainLine(Username)}`;

const LIMIT = { least: 1, most: 100_000, otherwise: 100 };

/** The command that lists users. */
export const USER_COMMANDS: readonly Command[] = [
  {
    name: 'users',
    args: ['[PREFIX]'],
    options: { limit: { type: 'string', value: 'N', does: 'at most so many; 100 by default' } },
    does: 'lists the users, or those whose names begin with PREFIX',
    json: '`{users: [{UUID, Username, OnLine}], hasMore}`',
    async run(call) {
      const limit = wholeNumber('limit', call.options['limit'], LIMIT)!;
      await signedIn(call, async ({ directory }) => {
        const users: User[] = [];
        // One more than is shown tells whether there are more.
        for await (const page of directory.pages(call.args[0])) {
          users.push(...page);
          if (users.length > limit) break;
        }
        const shown = users.slice(0, limit);
        const hasMore = users.length > limit;
        const more = hasMore ? ['… there are more: --limit'] : [];
        await call.printer.say({ users: shown, hasMore }, [...shown.map(userText), ...more].join('\n'));
      });
    },
  },
];
