import type { ChildProcess } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { followOutput } from './child-output.js';

describe('the output of a service', () => {
  let shown: string[];
  let child: { stdout: PassThrough; stderr: PassThrough };
  const follow = (verbose = false) => {
    return followOutput(child as unknown as ChildProcess, (line) => shown.push(line), verbose);
  };
  /** Resolves when all of it has been read. */
  const write = async (stream: PassThrough, ...lines: string[]) => {
    stream.end(lines.map((line) => `${line}\n`).join(''));
    await finished(stream);
    await new Promise(setImmediate);
  };
  const entry = (level: number, msg: string, more = {}) =>
    JSON.stringify({ level, time: 1, pid: 2, msg, ...more });

  beforeEach(() => {
    shown = [];
    child = { stdout: new PassThrough(), stderr: new PassThrough() };
  });

  it('is shown in plain text from warnings upwards', async () => {
    follow().showComplaints();
    const error = entry(50, 'went wrong', { err: { message: 'broken' }, user: 'u1', count: 3 });
    await write(child.stdout, entry(30, 'listening'), entry(40, 'slow', { ms: 9 }), error, 'chatter');
    expect(shown).toEqual(['warn slow ms=9', 'error went wrong user=u1 count=3 broken']);
  });

  it('is shown in full on request', async () => {
    follow(true);
    await write(child.stdout, entry(20, 'detail'), 'chatter', '{ not json');
    expect(shown).toEqual(['debug detail', 'chatter', '{ not json']);
  });

  it('keeps what is written to stderr before the service is ready, for the code that started it', async () => {
    const output = follow();
    await write(child.stderr, 'Wrong settings: PORT');
    expect(output.lastWords()).toBe('Wrong settings: PORT');
    expect(shown).toEqual([]);
  });

  it('finds the message in a stack trace', async () => {
    const output = follow();
    await write(
      child.stderr,
      'file:///a.js:1',
      'throw new',
      '      ^',
      'TypeError: no',
      '    at a.js:1',
      'Node.js v20',
    );
    expect(output.lastWords()).toBe('TypeError: no');
  });
});
