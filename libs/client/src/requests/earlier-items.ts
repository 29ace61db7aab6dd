import type { ServerFrame } from '@parley/protocol';
import type { ChatError } from '../chat-error.js';
import type { ClientEvents } from '../events.js';
import type { InboxItem } from '../inbox-item.js';
import type { SessionKeeper } from '../session/session-keeper.js';
import { payloadOf } from './answer.js';

/**
 * Reads items again that the inbox has brought: the newest `most`, the oldest first. The server sends them after its answer, as it sends
 * those that a connection has missed. A lost connection begins it again.
 * @throws ChatError when the session ends.
 */
export function earlierItems(keeper: SessionKeeper, most: number): Promise<InboxItem[]> {
  const { epoch, seq } = keeper.heldInbox.at!;
  const from = Math.max(seq - most, 0);
  if (from === seq) return Promise.resolve([]);
  return new Promise((resolve, reject) => {
    const items = new Map<number, InboxItem>();
    const offs: (() => void)[] = [];
    const settle = (done: () => void) => {
      for (const off of offs) off();
      done();
    };
    const end = () => settle(() => resolve([...items.values()].sort((a, b) => a.seq - b.seq)));
    const ask = async () => {
      try {
        const frame = { type: 'inbox', inbox: { epoch, seq: from } };
        const answer = await keeper.ask({ frame, lane: { kind: 'inbox' } });
        if (!payloadOf(answer!, 'inbox').recovered) end();
      } catch (error) {
        settle(() => reject(error as ChatError));
      }
    };
    const take = (frame: ServerFrame) => {
      if (frame.type !== 'inboxItem' || frame.inboxItem.seq > seq) return;
      items.set(frame.inboxItem.seq, frame.inboxItem as InboxItem);
      if (frame.inboxItem.seq === seq) end();
    };
    const again = ({ state, error }: ClientEvents['state']) => {
      if (state === 'online') void ask();
      if (state === 'offline') settle(() => reject(error));
    };
    offs.push(keeper.emitter.on('frame', take), keeper.emitter.on('state', again));
    void ask();
  });
}
