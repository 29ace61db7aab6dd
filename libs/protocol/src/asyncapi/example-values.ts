import type { ChannelInfo } from '../group-frames.js';
import type { Message, User } from '../message.js';

// What the examples of frames have in common: Ada writes to Bob, and owns a group.

export const ADA = '0198b3a2-7c41-7d10-8a55-3f1c2b6e9d01';
export const BOB = '0198b3a2-9f02-7b8e-9c11-52d47a1e0c02';
/** A session of Ada's. */
export const SESSION = '0198b3a3-1d5e-7f20-b1a4-8e6c3d2f7a03';
/** The private channel of Ada and Bob. */
export const PRIVATE = '5b0c9d6e-4f1a-5c3b-9e27-6a8d1f0b4e04';
export const GROUP = '0198b3a4-62c7-7a3d-8f60-1c9e5b7d2a05';
export const MESSAGE = '0198b3a5-0a1b-7c2d-9e3f-4a5b6c7d8e06';
/** The name of an epoch. */
export const EPOCH = 'f3a91c07d2e84b65';
export const CURSOR = 'MDE5OGIzYTQ';
/** Ada's own id of a message. */
export const CLIENT_ID = 'draft-17';

export const AT = '2026-03-01T09:30:00.000Z';
export const LATER = '2026-03-01T09:35:00.000Z';

export const ada: User = { UUID: ADA, Username: 'Ada', OnLine: true };
export const bob: User = { UUID: BOB, Username: 'Bob', OnLine: false };

export const message: Message = {
  UUID: MESSAGE,
  SenderUUID: ADA,
  Sender: ada,
  RecipientUUID: BOB,
  Recipient: bob,
  Message: 'Hello, Bob',
  CreatedAt: AT,
  ChannelUUID: PRIVATE,
  Seq: 7,
};

export const group: ChannelInfo = {
  channelUUID: GROUP,
  name: 'Engines',
  topic: 'Analytical ones',
  private: false,
  archived: false,
  role: 'owner',
  members: 2,
  seq: 12,
  unread: 0,
};
