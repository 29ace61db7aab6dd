const COLOURS = 6;

/** The first letters of the first and the last word. */
export function initialsOf(name: string): string {
  const words = name.split(/[\s._-]+/u).filter((word) => word !== '');
  const chosen = words.length > 1 ? [words[0]!, words.at(-1)!] : [words[0] ?? '?'];
  return chosen.map((word) => [...word][0]!.toLocaleUpperCase()).join('');
}

/** One of the design's colours for people, from 1: always the same for the same id. */
export function colourOf(id: string): number {
  let sum = 0;
  for (const unit of id) sum = (sum * 31 + unit.codePointAt(0)!) % 9973;
  return (sum % COLOURS) + 1;
}
