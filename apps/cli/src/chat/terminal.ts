import { writeSync } from 'node:fs';

const ENTER = '\u001b[?1049h\u001b[H\u001b[2J';
const LEAVE = '\u001b[?1049l\u001b[?25h';
const STDOUT = 1;

const { stdin } = process;

/**
 * Shows the terminal's other screen until the returned function is called, or the process ends in any way that Node hears of. What stood
 * in the terminal before is there again afterwards, with its cursor.
 */
export function otherScreen(): () => void {
  let isThere = true;
  const leave = () => {
    if (!isThere) return;
    isThere = false;
    process.off('exit', leave);
    stdin.setRawMode(false);
    // At the end of a process only what is written at once arrives.
    writeSync(STDOUT, LEAVE);
  };
  process.on('exit', leave);
  // Before anything is drawn: a key that is pressed from now on is neither shown nor a signal.
  stdin.setRawMode(true);
  writeSync(STDOUT, ENTER);
  return leave;
}

/**
 * Standard output, as if its terminal had rows without end. Where a drawing is as high as the terminal, for a moment after the window has
 * become smaller, Ink would clear all that can be scrolled back to, which is the user's.
 */
export const endlessOutput = (): NodeJS.WriteStream =>
  new Proxy(process.stdout, {
    get(stdout, name) {
      if (name === 'rows') return Number.MAX_SAFE_INTEGER;
      const value: unknown = Reflect.get(stdout, name);
      return typeof value === 'function' ? value.bind(stdout) : value;
    },
  });
