import { describe, expect, it } from '@jest/globals';
import type { Conversation as Listed } from '@parley/react';
import { messageOf } from '../fixtures/messages.js';
import { conversationOf, previewOf } from './conversation.js';
import { keyOf, placeIn, targetOf } from './place.js';

const id = '01890000-0000-7000-8000-00000000000a';

const conversation = (more: Partial<Listed>) =>
  conversationOf(
    {
      ...{ channelUUID: id, kind: 'general', title: '', target: {} },
      ...{ unread: 0, isMentioned: false, countedTo: 0 },
      ...more,
    },
    'me',
  );
const ada = { UUID: 'ada', Username: 'ada', OnLine: true };

describe('a conversation', () => {
  it.each([
    [{ kind: 'general' }, '/general', 'General'],
    [{ kind: 'group', title: 'Garden' }, `/group/${id}`, 'Garden'],
    [{ kind: 'private', title: 'ada', partner: ada }, '/person/ada', 'ada'],
    [{ kind: 'private', title: 'me', partner: { ...ada, UUID: 'me' } }, '/person/me', 'Notes to myself'],
  ] as const)('has an address and a title: %j', (listed, key, title) => {
    expect(conversation(listed)).toMatchObject({ key, title });
  });

  it('previews who said what, in one line', () => {
    const said = (message: object, more: Partial<Listed> = {}) =>
      previewOf(conversation({ ...more, lastMessage: messageOf(1, message) }), 'me');
    expect(said({ Message: 'two\n\nlines' })).toBe('ada: two lines');
    expect(said({ SenderUUID: 'me' })).toBe('You: text 1');
    expect(said({}, { kind: 'private', partner: ada })).toBe('text 1');
    expect(said({ Message: '', deletedAt: 'x' })).toBe('ada: Message deleted');
  });
});

describe('a place', () => {
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
