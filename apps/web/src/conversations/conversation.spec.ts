import { describe, expect, it } from '@jest/globals';
import type { ChannelInfo } from '@parley/protocol';
import { messageOf } from '../fixtures/messages.js';
import {
  afterChanged,
  afterMessage,
  afterRead,
  conversationOf,
  inOrder,
  previewOf,
  withGroup,
} from './conversation.js';
import { keyOf, placeIn, targetOf } from './place.js';

const away = { userUUID: 'me', isLooking: false };
const looking = { userUUID: 'me', isLooking: true };
const general = conversationOf({ kind: 'general' }, '/general', 'General');

describe('a conversation', () => {
  it('counts the messages of others that nobody has seen, each once', () => {
    const first = afterMessage(general, messageOf(1), away);
    const again = afterMessage(first, messageOf(1), away);
    expect(again).toBe(first);
    expect(afterMessage(again, messageOf(2), away)).toMatchObject({
      unread: 2,
      newestSeq: 2,
      last: messageOf(2),
    });
  });

  it('has nothing unread after an own message, or one that the user sees', () => {
    const two = afterMessage(afterMessage(general, messageOf(1), away), messageOf(2), away);
    expect(afterMessage(two, messageOf(3), looking).unread).toBe(0);
    expect(afterMessage(two, messageOf(3, { SenderUUID: 'me' }), away).unread).toBe(0);
  });

  it('says that the user is named until it is read', () => {
    const mentions = [{ userUUID: 'me', username: 'me' }];
    const named = afterMessage(afterMessage(general, messageOf(1, { mentions }), away), messageOf(2), away);
    expect(named.isMentioned).toBe(true);
    expect(afterRead(named, 1, 1)).toMatchObject({ unread: 1, isMentioned: true });
    expect(afterRead(named, 2)).toMatchObject({ unread: 0, isMentioned: false });
  });

  it('takes a number of unread messages over when it was read in part elsewhere', () => {
    const three = [1, 2, 3].reduce((now, seq) => afterMessage(now, messageOf(seq), away), general);
    expect(afterRead(three, 2, 1).unread).toBe(1);
    expect(afterRead(three, 2).unread).toBe(3);
  });

  it('shows the newest message as it is now', () => {
    const now = afterMessage(general, messageOf(1), away);
    const edited = messageOf(1, { Message: 'another text' });
    expect(afterChanged(now, edited).last).toBe(edited);
    expect(afterChanged(now, messageOf(7))).toBe(now);
  });

  it('takes over what the server says about a group, unless it knows more', () => {
    const group = { channelUUID: 'g', name: 'Garden', seq: 5, unread: 2 } as ChannelInfo;
    expect(withGroup(general, group)).toMatchObject({ title: 'Garden', unread: 2, newestSeq: 5 });
    const newer = afterMessage(general, messageOf(6), away);
    expect(withGroup(newer, group)).toMatchObject({ title: 'Garden', unread: 1, newestSeq: 6 });
  });

  it('previews who said what, in one line', () => {
    const said = (message: object, place = general.place) =>
      previewOf({ ...general, place, last: messageOf(1, message) }, 'me');
    expect(said({ Message: 'two\n\nlines' })).toBe('ada: two lines');
    expect(said({ SenderUUID: 'me' })).toBe('You: text 1');
    expect(said({}, { kind: 'private', partner: 'ada' })).toBe('text 1');
    expect(said({ Message: '', deletedAt: 'x' })).toBe('ada: Message deleted');
  });

  it('stands by its newest message, and by its title without one', () => {
    const named = (title: string, last?: string) => ({
      ...conversationOf({ kind: 'general' }, title, title),
      ...(last && { last: messageOf(1, { CreatedAt: last }) }),
    });
    const order = inOrder([
      named('b'),
      named('old', '2026-01-01T00:00:00Z'),
      named('a'),
      named('new', '2026-01-02T00:00:00Z'),
    ]);
    expect(order.map(({ title }) => title)).toEqual(['new', 'old', 'a', 'b']);
  });
});

describe('a place', () => {
  const id = '01890000-0000-7000-8000-00000000000a';

  it.each([
    [{ kind: 'general' } as const, {}],
    [{ kind: 'private', partner: id } as const, { recipientUUID: id }],
    [{ kind: 'group', channelUUID: id } as const, { channelUUID: id }],
  ])('is the same after a reload: %j', (place, target) => {
    expect(placeIn(`#${keyOf(place)}`)).toEqual(place);
    expect(targetOf(place)).toEqual(target);
  });

  it.each(['', '#', '#/', '#/person/', '#/person/x', `#/other/${id}`])('is none for %j', (fragment) => {
    expect(placeIn(fragment)).toBeUndefined();
  });
});
