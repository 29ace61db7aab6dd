import type { Command } from '../command.js';
import { UsageError } from '../exit-codes.js';

/** The full screen. What draws it is loaded only then: the other commands start without it. */
export const CHAT_COMMANDS: readonly Command[] = [
  {
    name: 'chat',
    args: ['[CHANNEL]'],
    does: 'opens the full screen, at CHANNEL; ? explains it',
    async run(call) {
      if (!call.io.isInteractive) throw new UsageError('chat: expected a terminal');
      const { runChat } = await import('../chat/run-chat.js');
      await runChat(call);
    },
  },
];
