import { describe, expect, it } from '@jest/globals';
import { visualOrder } from './visual-order.js';

describe('visualOrder', () => {
  it.each([
    ['Ada 1', 'Ada 1'],
    ['אב', 'בא'],
    ['a אב b', 'a בא b'],
    ['אב12', '12בא'],
    ['אב (ג)', '(ג) בא'],
    ['\u0628\u0661\u0662', '\u0661\u0662\u0628'],
    ['😀אב😀', '😀בא😀'],
    ['\u{1e922}\u{1e923}𝒳', '\u{1e923}\u{1e922}𝒳'],
  ])('shows %j as %j', (text, shown) => {
    expect(visualOrder(text)).toBe(shown);
  });

  it('keeps marks after their letters', () => {
    expect(visualOrder('א\u05b8\u05c1ב')).toBe('בא\u05b8\u05c1');
    expect(visualOrder('\u{1e922}\u{1e944}\u{1e923}')).toBe('\u{1e923}\u{1e922}\u{1e944}');
  });
});
