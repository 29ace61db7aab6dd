import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The document that shows the results. */
export const DOCUMENT = fileURLToPath(new URL('../../../../docs/performance.md', import.meta.url));

/** What stands where nothing is recorded. */
export const UNMEASURED = 'Not measured yet.';

const opening = (name: string) => `<!-- npm run bench -- ${name} -->`;
const closing = (name: string) => `<!-- end of ${name} -->`;

/** The text between the marks of `name`. Throws when the document lacks them. */
export function sectionOf(text: string, name: string): string {
  const [start, end] = boundsOf(text, name);
  return text.slice(start, end).trim();
}

/** The document with `section` between the marks of `name`. Throws when it lacks them. */
export function withSection(text: string, name: string, section: string): string {
  const [start, end] = boundsOf(text, name);
  return `${text.slice(0, start)}\n\n${section.trim()}\n\n${text.slice(end)}`;
}

function boundsOf(text: string, name: string): [number, number] {
  const start = text.indexOf(opening(name));
  const end = text.indexOf(closing(name));
  if (start < 0 || end < start) throw new Error(`no ${opening(name)} … ${closing(name)}`);
  return [start + opening(name).length, end];
}

/** Puts a section into docs/performance.md. */
export async function writeSection(name: string, section: string): Promise<void> {
  const text = await readFile(DOCUMENT, 'utf8');
  await writeFile(DOCUMENT, withSection(text, name, section));
}
