import { describe, expect, it } from '@jest/globals';
import { messageOf } from '../fixtures/messages.js';
import { ComposerState } from './composer-state.js';
import { Drafts } from './drafts.js';

describe('what is being written', () => {
  const open = (drafts = new Drafts(undefined, 'me')) => new ComposerState(drafts, '/general');

  it('is there again when the conversation is opened again', () => {
    const drafts = new Drafts(undefined, 'me');
    open(drafts).write('half a');
    expect(open(drafts).written.get()).toEqual({ text: 'half a' });
    expect(new ComposerState(drafts, '/other').written.get()).toEqual({ text: '' });
  });

  it('is put aside by an edit, and comes back', () => {
    const composer = open();
    composer.write('draft');
    composer.edit(messageOf(1));
    composer.write('changed');
    composer.sent();
    expect(composer.written.get()).toEqual({ text: 'draft' });
    composer.edit(messageOf(1));
    composer.cancel();
    expect(composer.written.get()).toEqual({ text: 'draft' });
  });

  it('may answer a message, and is gone once it is sent', () => {
    const composer = open();
    composer.write('yes');
    composer.reply(messageOf(1));
    expect(composer.written.get()).toMatchObject({ text: 'yes', replyTo: { Seq: 1 } });
    composer.sent();
    expect(composer.written.get()).toEqual({ text: '' });
  });
});
