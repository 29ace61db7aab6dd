import type { Line } from '../wire/line.js';

/** Where the log of a channel goes on in a new epoch. */
export interface ChannelEpoch {
  readonly channelUUID: string;
  readonly epoch: string;
  readonly from: number;
}

/** The fields of a server's frames that the generator reads. */
export interface ParleyFrame {
  readonly authorized?: { readonly userUUID: string; readonly accessKey: string };
  readonly channelJoin?: { readonly channelUUID: string; readonly epoch: string; readonly seq: number };
  readonly resumed?: {
    readonly userUUID: string;
    readonly channels: readonly {
      readonly recovered: boolean;
      readonly epoch?: string;
      readonly seq?: number;
    }[];
  };
  readonly sys?: { readonly channelEpoch?: ChannelEpoch };
  readonly signOut?: { readonly uuid: string };
  readonly ack?: { readonly Seq: number; readonly ChannelUUID: string; readonly clientUUID?: string };
  readonly error?: {
    readonly name: string;
    readonly message: string;
    readonly retryable?: boolean;
    readonly retryAfterMs?: number;
    readonly payload?: { readonly channelMessage?: { readonly clientUUID?: string } } | null;
  };
}

export const frameOf = (payload: string): ParleyFrame => JSON.parse(payload) as ParleyFrame;

/** An error frame that answered a request. */
export class ParleyError extends Error {
  constructor(
    /** The protocol's name for the error. */
    readonly code: string,
    message: string,
  ) {
    super(`${code}: ${message}`);
  }
}

/** Sends a request and resolves with what `pick` finds in a frame; rejects with a {@link ParleyError} for an error. */
export function asks<T>(
  line: Line,
  request: { readonly type: string; readonly [payload: string]: unknown },
  pick: (frame: ParleyFrame) => T | undefined,
): Promise<T> {
  const answer = line.expect((payload) => {
    const frame = frameOf(payload);
    if (frame.error !== undefined) throw new ParleyError(frame.error.name, frame.error.message);
    return pick(frame);
  }, `answer to ${request.type}`);
  line.send(JSON.stringify(request));
  return answer;
}
