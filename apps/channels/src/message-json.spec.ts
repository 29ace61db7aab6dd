import { describe, expect, it } from '@jest/globals';
import { decodeServerFrame, type Message } from '@parley/protocol';
import { generalChannel, privateChannelOf } from './channel.js';
import { newUser } from './fixtures/people.js';
import { joinFrame, leaveFrame, messageBody, peopleIn, withPresence } from './message-json.js';

const [ada, bob] = [newUser('ada'), newUser('bob')];
const bobOffline = { ...bob, OnLine: false };

/** A message as append-messages.lua composes it. */
const stored = (body: string) =>
  JSON.parse(`{"UUID":"u",${body},"CreatedAt":"2026-01-01T00:00:00.000Z","Seq":1}`) as Message;

describe('the JSON of a message', () => {
  it('has no recipient in the general channel', () => {
    const message = stored(messageBody({ channel: generalChannel, sender: ada, text: 'hi' }));
    expect(message).toEqual({
      UUID: 'u',
      SenderUUID: ada.UUID,
      Sender: { ...ada, OnLine: true },
      RecipientUUID: '',
      Message: 'hi',
      ChannelUUID: generalChannel.channelUUID,
      CreatedAt: '2026-01-01T00:00:00.000Z',
      Seq: 1,
    });
    expect(peopleIn([message])).toEqual([ada.UUID]);
  });

  it('has both users of a private channel, in the order of the protocol', () => {
    const channel = privateChannelOf(ada.UUID, bob.UUID);
    const message = stored(messageBody({ channel, sender: ada, recipient: bobOffline, text: 'hi' }));
    expect(Object.keys(message)).toEqual(
      'UUID SenderUUID Sender RecipientUUID Recipient Message ChannelUUID CreatedAt Seq'.split(' '),
    );
    expect(message).toMatchObject({ RecipientUUID: bob.UUID, Recipient: bobOffline });
    expect(peopleIn([message])).toEqual([ada.UUID, bob.UUID]);
  });

  it('is shown with present presence, and offline where nothing is known', () => {
    const channel = privateChannelOf(ada.UUID, bob.UUID);
    const message = stored(messageBody({ channel, sender: ada, recipient: bobOffline, text: 'hi' }));
    const shown = withPresence(message, new Map([[bob.UUID, { ...bob, OnLine: true }]]));
    expect(shown.Recipient).toEqual({ ...bob, OnLine: true });
    expect(shown.Sender).toEqual({ ...ada, OnLine: false });
    expect(Object.keys(shown)).toEqual(Object.keys(message));
  });

  it('keeps a hostile name and text apart from the JSON around them', () => {
    const sender = { ...ada, Username: '"},"Seq":99,"x":{"' };
    const message = stored(messageBody({ channel: generalChannel, sender, text: '"}\\' }));
    expect(message).toMatchObject({ Sender: { Username: sender.Username }, Message: '"}\\', Seq: 1 });
  });
});

describe('the frames that tell the members', () => {
  it('are frames of the protocol', () => {
    expect(decodeServerFrame(joinFrame(ada, 's-1', privateChannelOf(ada.UUID, bob.UUID)))).toEqual({
      type: 'sys',
      SUUID: 's-1',
      userUUID: ada.UUID,
      user: { ...ada, OnLine: true },
      sys: { type: 'channelJoin', channelJoin: { recipientUUID: bob.UUID } },
    });
    expect(decodeServerFrame(leaveFrame(ada.UUID, 's-1', generalChannel))).toEqual({
      type: 'channelLeave',
      SUUID: 's-1',
      userUUID: ada.UUID,
      channelLeave: { recipientUUID: '' },
    });
  });
});
