import { describe, expect, it } from '@jest/globals';
import { partsOf } from './message-text.js';

const shown = (text: string, ...names: string[]) =>
  partsOf(
    text,
    names.map((username) => ({ username, userUUID: username })),
  ).map(({ kind, text: part }) => `${kind}:${part}`);

describe('the text of a message', () => {
  it('has its addresses apart, without the end of the sentence', () => {
    expect(shown('see https://a.example/b?c=1, or (http://b.example).')).toEqual([
      'text:see ',
      'link:https://a.example/b?c=1',
      'text:, or (',
      'link:http://b.example',
      'text:).',
    ]);
  });

  it('makes no address of other schemes', () => {
    expect(shown('javascript:alert(1) data:text/html,x')).toEqual([
      'text:javascript:alert(1) data:text/html,x',
    ]);
  });

  it('has the names apart that the server has found, in any letter case, the longest first', () => {
    expect(shown('@ada and @Ada Lovelace (c++)', 'Ada', 'Ada Lovelace', 'c++')).toEqual([
      'mention:@ada',
      'text: and ',
      'mention:@Ada Lovelace',
      'text: (c++)',
    ]);
    expect(shown('@ada')).toEqual(['text:@ada']);
  });

  it('is nothing of nothing', () => expect(partsOf('')).toEqual([]));
});
