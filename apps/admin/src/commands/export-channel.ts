import type { ChannelsExportContract, ReplyOf } from '@parley/contracts';
import type { Command } from '../command.js';
import { channelNamed } from './channel-named.js';
import { numberOf } from './number-of.js';

/** The command that exports a channel. */
export const EXPORT_CHANNEL_COMMANDS: readonly Command[] = [
  {
    name: 'export-channel',
    args: ['CHANNEL'],
    options: { after: { type: 'string' } },
    does: 'prints the messages of a channel, one as JSON in each line, the oldest first; --after SEQ begins after that message',
    async run(call) {
      const { services, print, args } = call;
      const channelUUID = channelNamed('export-channel', args[0]!);
      let after = numberOf(call, 'after', [0, Number.MAX_SAFE_INTEGER]) ?? 0;
      let upTo: number | undefined;
      for (;;) {
        const page: ReplyOf<ChannelsExportContract, 'channels.exportPage'> = await services.channels.ask(
          'channels.exportPage',
          { channelUUID, after, upTo },
        );
        if (page.messages.length > 0)
          await print(`${page.messages.map((message) => JSON.stringify(message)).join('\n')}\n`);
        if (page.after === undefined) return;
        ({ after, upTo } = { after: page.after, upTo: page.upTo });
      }
    },
  },
];
