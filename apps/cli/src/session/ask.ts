import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { Io } from '../output/printer.js';

/** Takes what readline echoes. */
const silence = new Writable({ write: (_chunk, _encoding, done) => done() });

/**
 * Asks a person a question on the terminal. The answer is shown as it is typed unless it `isSecret`.
 * @throws Error when the person ends the question with Ctrl-C or Ctrl-D.
 */
export function ask({ input, err }: Io, question: string, isSecret: boolean): Promise<string> {
  // The question goes to standard error: standard output is for what was asked for.
  const output = isSecret ? silence : process.stderr;
  const lines = createInterface({ input, output, terminal: true });
  return new Promise<string>((resolve, reject) => {
    lines.once('close', () => reject(new Error('nothing was answered')));
    if (isSecret) err(question);
    lines.question(isSecret ? '' : question, (answer) => {
      if (isSecret) err('\n');
      resolve(answer);
      lines.close();
    });
  });
}

/** All of standard input as a text, without the line break at its end. */
export async function readAll(input: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of input) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}
