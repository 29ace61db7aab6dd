import { describe, expect, it } from '@jest/globals';
import type { InboxItem } from '@parley/client';
import type { ChannelInfo, Message } from '@parley/protocol';
import { aMessage } from '../fixtures/a-message.js';
import {
  added,
  type Conversations,
  changed,
  GENERAL_ID,
  onlyGeneral,
  withGroups,
  withItem,
  withMessage,
  withUser,
} from './conversations.js';

const ME = 'me-uuid';
const ADA = { UUID: 'ada-uuid', Username: 'ada', OnLine: true };
const me = { UUID: ME, Username: 'me', OnLine: true };

const aGroup = (fields: Partial<ChannelInfo>): ChannelInfo => ({
  channelUUID: 'lobby-uuid',
  name: 'lobby',
  topic: '',
  private: false,
  archived: false,
  role: 'member',
  members: 2,
  seq: 5,
  unread: 2,
  ...fields,
});

const fromAda = (Seq: number, fields: Partial<Message> = {}) =>
  aMessage({ Seq, RecipientUUID: ME, Recipient: me, ChannelUUID: 'private-uuid', ...fields });

const item = (message: Message, kind: 'message' | 'mention' = 'message'): InboxItem => ({
  seq: 1,
  kind,
  channelUUID: message.ChannelUUID,
  UUID: message.UUID,
  messageSeq: message.Seq,
  message,
});
const read = (channelUUID: string, readSeq: number): InboxItem => ({
  seq: 1,
  kind: 'read',
  channelUUID,
  readSeq,
});

const apply = (items: readonly InboxItem[], list: Conversations = onlyGeneral) =>
  items.reduce((all, each) => withItem(all, each, ME), list);
const counts = (list: Conversations) => list.map(({ title, unread }) => [title, unread]);

describe('the list of conversations', () => {
  it('has general first, then groups and people by name', () => {
    const groups = [aGroup({ channelUUID: 'z', name: 'zoo' }), aGroup({})];
    const list = added(
      added(withGroups(onlyGeneral, groups), withUser({ UUID: 'b', Username: 'bob' })),
      withUser(ADA),
    );
    expect(list.map(({ title }) => title)).toEqual(['general', '#lobby', '#zoo', 'ada', 'bob']);
  });

  it('counts private messages that nobody has read, and none twice', () => {
    const list = apply([item(fromAda(1)), item(fromAda(2)), item(fromAda(2))]);
    expect(counts(list)).toEqual([
      ['general', 0],
      ['ada', 2],
    ]);
    expect(list[1]).toMatchObject({
      id: '@ada-uuid',
      target: { recipientUUID: 'ada-uuid' },
      channelUUID: 'private-uuid',
    });
  });

  it('counts none after they were read on another device', () => {
    const list = apply([item(fromAda(1)), item(fromAda(2)), item(fromAda(3)), read('private-uuid', 2)]);
    expect(counts(list)[1]).toEqual(['ada', 1]);
    expect(counts(apply([read('private-uuid', 3)], list))[1]).toEqual(['ada', 0]);
  });

  it('counts none after the reader has written', () => {
    const mine = aMessage({
      Seq: 3,
      SenderUUID: ME,
      Sender: me,
      RecipientUUID: ADA.UUID,
      Recipient: ADA,
      ChannelUUID: 'private-uuid',
    });
    const list = withMessage(apply([item(fromAda(1)), item(fromAda(2))]), mine, ME);
    expect(counts(list)[1]).toEqual(['ada', 0]);
  });

  it('begins a group with the count of the server, and adds what came after it', () => {
    const inLobby = (Seq: number) => aMessage({ Seq, ChannelUUID: 'lobby-uuid' });
    const list = apply([item(inLobby(5)), item(inLobby(6))], withGroups(onlyGeneral, [aGroup({})]));
    expect(counts(list)[1]).toEqual(['#lobby', 3]);
    expect(counts(apply([read('lobby-uuid', 4)], list))[1]).toEqual(['#lobby', 3]);
    expect(counts(apply([read('lobby-uuid', 5)], list))[1]).toEqual(['#lobby', 1]);
    expect(counts(apply([read('lobby-uuid', 6)], list))[1]).toEqual(['#lobby', 0]);
  });

  it('marks a mention, whether or not the message was counted before', () => {
    const general = changed(onlyGeneral, GENERAL_ID, { channelUUID: 'general-uuid' });
    const message = aMessage({ Seq: 7 });
    const before = withItem(general, item(message, 'mention'), ME);
    const after = withItem(withMessage(general, message, ME), item(message, 'mention'), ME);
    for (const list of [before, after]) expect(list[0]).toMatchObject({ unread: 1, isMentioned: true });
  });

  it('loses a group that the reader is removed from', () => {
    const list = withGroups(onlyGeneral, [aGroup({})]);
    expect(counts(apply([{ seq: 1, kind: 'kick', channelUUID: 'lobby-uuid', by: 'x' }], list))).toEqual([
      ['general', 0],
    ]);
  });

  it('ignores a message of a channel that is none of its own', () => {
    expect(apply([item(aMessage({ ChannelUUID: 'elsewhere' }))])).toBe(onlyGeneral);
  });
});
