import type { ServerFrame } from '@parley/protocol';
import { TestClient } from '@parley/testing';

/** Time for the whole log, in ms. */
const DEADLINE_MS = 60_000;

/** All entries of a log after a position, as a resume from there brings them. @throws {Error} the log does not reach so far back. */
export async function readWholeLog(
  url: string,
  accessKey: string,
  position: { readonly channelUUID: string; readonly epoch: string; readonly seq: number },
): Promise<ServerFrame[]> {
  const client = await TestClient.connect(url, { timeoutMs: DEADLINE_MS });
  try {
    const { resumed } = await client.ask({ type: 'resume', resume: { accessKey, channels: [position] } });
    const [channel] = resumed.channels;
    if (!channel.recovered) throw new Error(`the log does not reach back to ${position.seq}`);
    return (client.frames as unknown as ServerFrame[]).filter(({ id }) => id === undefined);
  } finally {
    await client.close();
  }
}
