/** Length in code points, the unit in which the protocol counts characters. */
export function codePoints(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}
