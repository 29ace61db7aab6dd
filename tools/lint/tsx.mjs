import swc from '@swc/core';

/**
 * Lets dependency-cruiser read `.tsx` files: it has swc parse them as TypeScript without JSX, and has no option for it. To be called
 * before it reads the first file.
 */
export function readTsx() {
  const { parseFileSync } = swc;
  swc.parseFileSync = (file, options) =>
    parseFileSync.call(swc, file, { ...options, tsx: file.endsWith('.tsx') });
}
