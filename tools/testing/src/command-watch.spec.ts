import { describe, expect, it } from '@jest/globals';
import { readCommand } from './command-watch.js';

describe('readCommand', () => {
  it.each([
    ['+1700000000.123456 [0 127.0.0.1:60866] "KEYS" "*"', { name: 'keys', args: ['*'], isOfScript: false }],
    ['1700000000.123456 [3 lua] "hget" "a b" ""', { name: 'hget', args: ['a b', ''], isOfScript: true }],
    ['1700000000.1 [0 [::1]:6379] "ping"', { name: 'ping', args: [], isOfScript: false }],
    ['1700000000.1 [0 unix:/tmp/redis.sock] "ping"', { name: 'ping', args: [], isOfScript: false }],
  ])('reads %s', (line, command) => {
    expect(readCommand(line)).toEqual(command);
  });

  it('reads quotes, brackets, control characters, backslashes and bytes of UTF-8', () => {
    const line = String.raw`1.1 [0 lua] "set" "\"q\" [x] \\n" "\n\r\t\a\b\x00" "\xc3\xa9"`;
    expect(readCommand(line)?.args).toEqual(['"q" [x] \\n', '\n\r\t\u0007\b\0', 'é']);
  });

  it.each(['+OK', '-NOAUTH Authentication required.', ''])('takes %j for no command', (line) => {
    expect(readCommand(line)).toBeUndefined();
  });
});
