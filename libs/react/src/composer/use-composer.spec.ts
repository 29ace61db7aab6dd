import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CHANNEL, FakeClient, ME, me, OTHER } from '../fixtures/fake-client.js';
import { Memory } from '../fixtures/memory.js';
import { does, type Page, pageOf } from '../fixtures/page.js';
import { useComposer, useComposerActions } from './use-composer.js';

const DRAFTS = `parley.drafts.${ME}`;

describe('useComposer', () => {
  let client: FakeClient;
  let page: Page;
  let storage: Memory;

  const open = () => pageOf(client, { storage });
  const show = () => page.show(() => useComposer(CHANNEL));
  const edits = () => client.asked.filter(([name]) => name === 'edit').map(([, , ...rest]) => rest);

  beforeEach(() => {
    client = new FakeClient();
    storage = new Memory();
    page = open();
  });
  afterEach(() => page.close());

  it('posts a text without the space around it, with the reply that it is, and is empty again', async () => {
    const composer = await show();
    const answered = client.write('question');
    await does(() => composer.now.setText(' answer\n'));
    await does(() => composer.now.setReplyTo(answered));
    await does(() => void composer.now.send());
    const [, , text, options] = client.asked.find(([name]) => name === 'post')!;
    expect([text, options]).toEqual(['answer', expect.objectContaining({ replyTo: answered.UUID })]);
    expect(composer.now).toMatchObject({ text: '', replyTo: undefined, sending: false });
  });

  it('has its actions for components that do not show the text, and need no render as it changes', async () => {
    const composer = await show();
    const actions = await page.show(() => useComposerActions(CHANNEL));
    const renders = actions.all.length;
    const own = client.write('hello', { by: me });
    await does(() => actions.now.startEdit(own));
    expect(composer.now).toMatchObject({ text: 'hello', editing: own });
    expect(actions.all).toHaveLength(renders);
  });

  it.each(['', ' ', '\n'])('does not post %j', async (text) => {
    const composer = await show();
    await does(() => composer.now.setText(text));
    expect(composer.now.canSend).toBe(false);
    await does(() => void composer.now.send());
    expect(client.countOf('post')).toBe(0);
  });

  it('lets others see that the user is writing, but not that a message is changed', async () => {
    const composer = await show();
    await does(() => composer.now.setText('h'));
    await does(() => composer.now.setText(''));
    expect(client.countOf('typing')).toBe(1);
    await does(() => composer.now.startEdit(client.write('x', { by: me })));
    await does(() => composer.now.setText('xy'));
    expect(client.countOf('typing')).toBe(1);
  });

  it('changes a message, and brings back what was written before at once', async () => {
    const own = client.write('helo', { by: me });
    const composer = await show();
    await does(() => composer.now.setText('draft'));
    await does(() => composer.now.startEdit(own));
    expect(composer.now).toMatchObject({ text: 'helo', editing: own });
    await does(() => composer.now.setText('hello'));
    client.hold('edit');
    await does(() => void composer.now.send());
    expect(composer.now).toMatchObject({ text: 'draft', editing: undefined, sending: true });
    await does(() => client.release('edit'));
    expect(edits()).toEqual([['m1', 'hello']]);
    expect(composer.now).toMatchObject({ text: 'draft', sending: false });
  });

  it('does not change a message to what it is', async () => {
    const composer = await show();
    await does(() => composer.now.startEdit(client.write('hello', { by: me })));
    await does(() => composer.now.setText('hello '));
    await does(() => void composer.now.send());
    expect([edits(), composer.now.editing]).toEqual([[], undefined]);
  });

  it('gives back a change that was refused, and says why, and keeps what is written meanwhile', async () => {
    const own = client.write('helo', { by: me });
    const composer = await show();
    await does(() => composer.now.startEdit(own));
    await does(() => composer.now.setText('hello'));
    client.hold('edit');
    await does(() => void composer.now.send());
    await does(() => composer.now.setText('next'));
    client.refuse('edit', 'MESSAGE_NOT_FOUND');
    await does(() => client.release('edit'));
    expect(composer.now).toMatchObject({
      ...{ text: 'hello', editing: own, sending: false },
      error: { name: 'MESSAGE_NOT_FOUND' },
    });
    await does(() => composer.now.cancel());
    expect(composer.now).toMatchObject({ text: 'next', editing: undefined, error: undefined });
  });

  it('lets an answer end the change of a message, and a change put an answer aside', async () => {
    const [question, own] = [client.write('question'), client.write('helo', { by: me })];
    const composer = await show();
    await does(() => composer.now.setText('draft'));
    await does(() => composer.now.startEdit(own));
    await does(() => composer.now.setReplyTo(question));
    expect(composer.now).toMatchObject({ text: 'draft', editing: undefined, replyTo: question });
    await does(() => composer.now.startEdit(own));
    await does(() => composer.now.cancel());
    expect(composer.now).toMatchObject({ text: 'draft', editing: undefined, replyTo: question });
    await does(() => composer.now.cancel());
    expect(composer.now).toMatchObject({ text: 'draft', replyTo: undefined });
  });

  it('counts characters as the server does, and takes no text that is too long', async () => {
    const composer = await show();
    await does(() => composer.now.setText(` ${'🙂'.repeat(3_999)} `));
    expect(composer.now).toMatchObject({ charactersLeft: 1, canSend: true });
    await does(() => composer.now.setText('🙂'.repeat(4_001)));
    await does(() => void composer.now.send());
    expect(composer.now).toMatchObject({ charactersLeft: -1, canSend: false, text: expect.anything() });
    expect(client.countOf('post')).toBe(0);
  });

  it('completes the name of a member', async () => {
    const composer = await show();
    await does(() => composer.now.setText('hi @Ad'));
    expect(composer.now.mentioning).toBe('Ad');
    await does(() => composer.now.mention('Ada'));
    expect(composer.now.text).toBe('hi @Ada ');
    await does(() => composer.now.setText('hi @Ada and'));
    await does(() => composer.now.mention('Bob'));
    expect(composer.now.text).toBe('hi @Ada and @Bob ');
    let cursor = 0;
    await does(() => {
      cursor = composer.now.mention('Eve', 3);
    });
    expect([composer.now.text, cursor]).toEqual(['hi @Eve @Ada and @Bob ', 8]);
    await does(() => composer.now.setText('mail@home'));
    expect(composer.now.mentioning).toBeUndefined();
  });

  it('keeps a draft while the user looks elsewhere, and where there is a storage, over a reload', async () => {
    const composer = await show();
    await does(() => composer.now.setText('later'));
    await composer.hide();
    expect((await show()).now.text).toBe('later');
    await page.close();
    client = new FakeClient();
    page = open();
    const again = await show();
    expect(again.now.text).toBe('later');
    await does(() => void again.now.send());
    expect(storage.items.size).toBe(0);
  });

  it('keeps the drafts of another page of the same browser', async () => {
    const composer = await show();
    await does(() => composer.now.setText('here'));
    const elsewhere = { '@': 'there', [CHANNEL]: 'here' };
    storage.setItem(DRAFTS, JSON.stringify(elsewhere));
    await does(() => composer.now.setText('here, too'));
    expect(JSON.parse(storage.getItem(DRAFTS)!)).toEqual({ '@': 'there', [CHANNEL]: 'here, too' });
  });

  it.each(['[]', 'no JSON', '{"@":1}', 'null'])('takes %s in the storage for no draft', async (item) => {
    storage.setItem(DRAFTS, item);
    const composer = await page.show(() => useComposer({}));
    expect(composer.now.text).toBe('');
    await does(() => composer.now.setText('later'));
    expect(JSON.parse(storage.getItem(DRAFTS)!)).toEqual({ '@': 'later' });
  });

  it('works where the storage is full or forbidden', async () => {
    storage.isForbidden = true;
    const composer = await show();
    await does(() => composer.now.setText('later'));
    await does(() => client.becomes('online', { userUUID: OTHER }));
    expect(composer.now.text).toBe('');
    await does(() => client.becomes('online', { userUUID: ME }));
    expect(composer.now.text).toBe('later');
    await does(() => void composer.now.send());
    expect(client.countOf('post')).toBe(1);
  });

  it('keeps a text that is not taken because too many wait, and says why', async () => {
    const composer = await show();
    client.hold('post');
    const { setText, send } = composer.now;
    await does(() => {
      for (let n = 0; n < 200; n += 1) {
        setText(`${n}`);
        void send();
      }
      setText('one more');
      void send();
    });
    expect(composer.now).toMatchObject({ text: 'one more', error: { name: 'LIMIT_REACHED' } });
    await does(() => client.release('post'));
    await does(() => void composer.now.send());
    expect(composer.now).toMatchObject({ text: '', error: undefined });
  });
});
