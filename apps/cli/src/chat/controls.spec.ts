import { beforeEach, describe, expect, it } from '@jest/globals';
import { firstState } from './chat-state.js';
import { type Controlled, Controls } from './controls.js';
import { added, onlyGeneral, withUser } from './conversations.js';
import { textOf } from './editing.js';
import type { Line } from './message-lines.js';

const LINES: Line[] = Array.from({ length: 20 }, (_, index) => ({ key: `m${index} 0`, spans: [] }));

describe('the keys', () => {
  let did: unknown[];
  let state = firstState;
  let controls: Controls;

  beforeEach(() => {
    did = [];
    state = { ...firstState, conversations: added(onlyGeneral, withUser({ UUID: 'a', Username: 'ada' })) };
    const note =
      (what: string) =>
      (...args: unknown[]) =>
        void did.push([what, ...args]);
    const chat: Controlled = {
      open: async (id) => {
        state = { ...state, activeId: id };
        did.push(['open', id]);
      },
      openNamed: async (name) => note('openNamed')(name),
      loadOlder: async () => note('loadOlder')(),
      send: note('send'),
      signal: note('signal'),
      setAtEnd: note('setAtEnd'),
      notify: note('notify'),
      snapshot: () => state,
    };
    controls = new Controls(chat, note('quit'));
    controls.shows({ lines: LINES, messageRows: 5 });
  });

  const type = (text: string) => {
    for (const character of text) controls.press(character, {});
  };
  const calls = (what: string) => did.filter((each) => (each as unknown[])[0] === what);

  it('write a message, say so to the others, and send it', () => {
    type('hi');
    expect(calls('signal')).toHaveLength(2);
    controls.press('\r', { return: true });
    expect(calls('send')).toEqual([['send', 'hi']]);
    expect(textOf(controls.draft)).toBe('');
  });

  it('send nothing where nothing is written', () => {
    type('  ');
    controls.press('\r', { return: true });
    expect(calls('send')).toEqual([]);
  });

  it('keep a draft for each conversation', () => {
    type('for all');
    controls.press('', { tab: true });
    expect([state.activeId, textOf(controls.draft)]).toEqual(['@a', '']);
    controls.press('', { tab: true, shift: true });
    expect(textOf(controls.draft)).toBe('for all');
  });

  it('scroll, say whether the newest is shown, and ask for older messages at the top', () => {
    controls.press('', { pageUp: true });
    expect(controls.snapshot().anchor).toBe('m15 0');
    expect(calls('setAtEnd').at(-1)).toEqual(['setAtEnd', false]);
    expect(calls('loadOlder')).toEqual([]);
    for (let page = 0; page < 3; page += 1) controls.press('', { pageUp: true });
    expect(calls('loadOlder')).not.toEqual([]);
    controls.press('', { escape: true });
    expect(controls.snapshot().anchor).toBeUndefined();
    expect(calls('setAtEnd').at(-1)).toEqual(['setAtEnd', true]);
  });

  it('show the help, which any key closes and nothing else', () => {
    controls.press('?', {});
    expect(controls.snapshot().isHelp).toBe(true);
    controls.press('x', {});
    expect([controls.snapshot().isHelp, textOf(controls.draft)]).toEqual([false, '']);
    type('why?');
    expect([controls.snapshot().isHelp, textOf(controls.draft)]).toEqual([false, 'why?']);
  });

  it('open what a command names, and signal no writing for it', () => {
    type('/msg bob');
    controls.press('\r', { return: true });
    expect(calls('openNamed')).toEqual([['openNamed', '@bob']]);
    expect(calls('signal')).toEqual([]);
  });

  it('say what they do not know', () => {
    type('/frob');
    controls.press('\r', { return: true });
    expect(calls('notify').at(-1)).toEqual(['notify', 'There is no /frob; ? shows the keys.']);
  });

  it('quit, in the help too', () => {
    controls.press('?', {});
    controls.press('c', { ctrl: true });
    expect(calls('quit')).toHaveLength(1);
    controls.press('x', {});
    type('/quit');
    controls.press('\r', { return: true });
    expect(calls('quit')).toHaveLength(2);
  });
});
