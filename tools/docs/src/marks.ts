const CLOSING = '<!-- /generated -->';
const opening = (name: string) => `<!-- generated: ${name} -->`;

/** The names of all generated parts of a document, in order. */
export const namesIn = (text: string): string[] =>
  [...text.matchAll(/<!-- generated: (.+?) -->/g)].map(([, name]) => name!);

/**
 * What stands between the marks of `name`, without the space around it.
 * @throws Error when the document does not have these marks exactly once.
 */
export function generatedPart(text: string, name: string): string {
  const [start, end] = boundsOf(text, name);
  return text.slice(start, end).trim();
}

/**
 * The document with `part` between the marks of `name`; everything else stays as it is.
 * @throws Error when the document does not have these marks exactly once.
 */
export function withGeneratedPart(text: string, name: string, part: string): string {
  const [start, end] = boundsOf(text, name);
  return `${text.slice(0, start)}\n\n${part.trim()}\n\n${text.slice(end)}`;
}

function boundsOf(text: string, name: string): [number, number] {
  const mark = opening(name);
  const [before, after, ...more] = text.split(mark);
  if (after === undefined || more.length > 0) throw new Error(`expected ${mark} once`);
  const length = after.indexOf(CLOSING);
  if (length < 0 || after.slice(0, length).includes('<!-- generated: ')) {
    throw new Error(`expected ${CLOSING} after ${mark}`);
  }
  const start = before!.length + mark.length;
  return [start, start + length];
}
