import { LIMITS } from '@parley/protocol';
import { WebSocket } from 'ws';

/**
 * The program of {@link JoinLoops}: it gets the joiners as its first message, says that it has begun, and answers the
 * second message with what it has done. It parses nothing, so that it costs the machine little.
 */

/** A user who joins over and over, and where. */
export interface Joiner {
  readonly url: string;
  readonly accessKey: string;
  /** The other user of the private channel. */
  readonly recipientUUID: string;
}

const done = { joins: 0, bytes: 0, failed: 0 };
let isStopped = false;

async function loop(joiner: Joiner): Promise<void> {
  while (!isStopped) await once(joiner);
}

/** Connects, resumes, joins with as many messages as possible, and is gone. Never rejects. */
function once({ url, accessKey, recipientUUID }: Joiner): Promise<void> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url);
    let isJoined = false;
    socket.on('open', () => {
      socket.send(JSON.stringify({ type: 'resume', resume: { accessKey, channels: [] } }));
      const channelJoin = { recipientUUID, limit: LIMITS.messagesPerPage };
      socket.send(JSON.stringify({ type: 'channelJoin', id: 'join', channelJoin }));
    });
    socket.on('message', (bytes: Buffer) => {
      if (bytes.includes('"id":"join"')) {
        isJoined = !bytes.includes('"type":"error"');
        if (isJoined) done.bytes += bytes.length;
        socket.terminate();
      }
    });
    socket.on('error', () => undefined); // `close` follows
    socket.on('close', () => {
      if (isJoined) done.joins += 1;
      else done.failed += 1;
      resolve();
    });
  });
}

process.once('message', (joiners: readonly Joiner[]) => {
  for (const joiner of joiners) void loop(joiner);
  process.send!('begun');
  process.once('message', () => {
    isStopped = true;
    process.send!(done);
    process.once('disconnect', () => process.exit(0));
  });
});
