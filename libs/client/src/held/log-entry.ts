import type { ServerFrame, ServerFrameOf } from '@parley/protocol';
import { type ChangeFrame, changeIn } from './after-change.js';

type Sys = ServerFrameOf<'sys'>['sys'];

/** What happened to a group or to its members, as an entry of its log. */
export type GroupNews = Extract<
  Sys,
  {
    readonly type:
      | 'channelInvite'
      | 'channelKick'
      | 'channelUnban'
      | 'channelMute'
      | 'channelRole'
      | 'channelSet';
  }
>;

/** An entry of a channel's log. */
export interface LogEntry {
  readonly channelUUID: string;
  readonly seq: number;
  /** Tells it from another entry that has the same Seq in another epoch. */
  readonly mark: string;
  readonly message?: ServerFrameOf<'channelMessage'>['channelMessage'];
  readonly change?: ChangeFrame;
  readonly news?: GroupNews;
}

/** The entry that a frame brings, if it brings one. An answer to a request never does. */
export function entryIn(frame: ServerFrame): LogEntry | undefined {
  switch (frame.type) {
    case 'channelMessage': {
      const { channelMessage: message } = frame;
      return { channelUUID: message.ChannelUUID, seq: message.Seq, mark: message.UUID, message };
    }
    case 'messageEdit':
    case 'messageDelete':
    case 'reaction': {
      const { channelUUID, Seq, UUID, at } = changeIn(frame);
      return { channelUUID, seq: Seq, mark: `${frame.type} ${UUID} ${at}`, change: frame };
    }
    case 'sys':
      return newsIn(frame.sys);
    default:
      return undefined;
  }
}

function newsIn(sys: Sys): LogEntry | undefined {
  switch (sys.type) {
    case 'channelInvite':
      return entryOf(sys, sys.channelInvite);
    case 'channelKick':
      return entryOf(sys, sys.channelKick);
    case 'channelUnban':
      return entryOf(sys, sys.channelUnban);
    case 'channelMute':
      return entryOf(sys, sys.channelMute);
    case 'channelRole':
      return entryOf(sys, sys.channelRole);
    case 'channelSet':
      return entryOf(sys, sys.channelSet);
    default:
      return undefined;
  }
}

const entryOf = (
  news: GroupNews,
  { channelUUID, Seq, userUUID, by }: { channelUUID: string; Seq: number; userUUID: string; by: string },
): LogEntry => ({ channelUUID, seq: Seq, mark: `${news.type} ${userUUID} ${by}`, news });
