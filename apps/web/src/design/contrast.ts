/** The contrast of two colours as WCAG 2.2 defines it, from 1 to 21. Colours are `#rrggbb`. */
export function contrastOf(one: string, other: string): number {
  const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (lighter + 0.05) / (darker + 0.05);
}

function luminance(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) =>
    linear(Number.parseInt(colour.slice(at, at + 2), 16) / 255),
  );
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

const linear = (part: number): number => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);

/** The colours that a style sheet states as custom properties, by name, for one of the two themes. */
export function coloursOf(css: string, theme: 'light' | 'dark'): ReadonlyMap<string, string> {
  const found = css.matchAll(/--([\w-]+): (?:light-dark\((#\w{6}), (#\w{6})\)|(#\w{6}));/g);
  return new Map(
    [...found].map(([, name, light, dark, both]) => [name!, (both ?? (theme === 'light' ? light : dark))!]),
  );
}
