import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';

/** The place of a link, `[text](place)`, or of a picture. */
const LINK = /\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g;
/** The same in HTML: a picture for each theme can be shown in no other way. */
const SOURCE = /<(?:img|source)\b[^>]*?\bsrc(?:set)?="([^"\s]+)"/g;
/** What only looks like a link or a heading. */
const CODE = /^ *```[\s\S]*?^ *```|`[^`\n]*`/gm;
const FENCED = /^ *```[\s\S]*?^ *```/gm;
const HEADING = /^#{1,6} +(.+?) *#*$/gm;
const ELSEWHERE = /^[a-z][a-z\d+.-]*:/i;

/**
 * Links of Markdown documents that lead to no file, or to no heading of it, one line for each. What lies elsewhere is not asked.
 * @param {string} root the workspace's folder.
 * @returns {string[]}
 */
export function linkFaults(root) {
  const headings = new Map();
  const headingsOf = (file) => {
    if (!headings.has(file)) headings.set(file, anchorsIn(readFileSync(join(root, file), 'utf8')));
    return headings.get(file);
  };
  return documentsIn(root, '').flatMap((file) =>
    linksIn(readFileSync(join(root, file), 'utf8'))
      .filter((place) => !leadsSomewhere(root, file, place, headingsOf))
      .map((place) => `${file} links to ${place}, which is not there`),
  );
}

function documentsIn(root, folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      const isOurs = !entry.name.startsWith('.') && !['node_modules', 'dist'].includes(entry.name);
      return isOurs ? documentsIn(root, path) : [];
    }
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

const linksIn = (text) =>
  [LINK, SOURCE]
    .flatMap((form) => [...text.replaceAll(CODE, '').matchAll(form)])
    .map(([, place]) => place)
    .filter((place) => !ELSEWHERE.test(place) && !place.startsWith('/'));

function leadsSomewhere(root, file, place, headingsOf) {
  const [path, anchor] = place.split('#');
  const target = path === '' ? file : join(dirname(file), decodeURI(path));
  if (!existsSync(join(root, target))) return false;
  if (anchor === undefined || !target.endsWith('.md') || statSync(join(root, target)).isDirectory())
    return true;
  return headingsOf(target).has(anchor);
}

/**
 * The anchors that GitHub gives the headings of a document: of the shown text only letters, digits, `-` and `_`, in lower case, and a
 * number after one that was there before.
 */
export function anchorsIn(text) {
  const anchors = new Set();
  for (const [, heading] of text.replaceAll(FENCED, '').matchAll(HEADING)) {
    const anchor = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '')
      .replaceAll(' ', '-');
    let unique = anchor;
    for (let times = 1; anchors.has(unique); times += 1) unique = `${anchor}-${times}`;
    anchors.add(unique);
  }
  return anchors;
}
