import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { answerUnread } from './unread-requests.js';

describe('what Node cannot read as a request', () => {
  const server = createServer((_, response) => response.end());

  beforeAll(async () => {
    server.on('clientError', answerUnread);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(async () => {
    server.close();
    await once(server, 'close');
  });

  const send = async (bytes: string): Promise<string> => {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(bytes);
    return text(socket);
  };

  it.each([
    [
      'a head of 20 KiB',
      `GET / HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(20_000)}`,
      431,
      'Request Header Fields',
    ],
    ['a line that is no HTTP', 'hello\r\n\r\n', 400, 'Bad Request'],
  ])('is answered with a problem: %s', async (_, bytes, status, phrase) => {
    const answer = await send(bytes);
    const [head, body] = answer.split('\r\n\r\n') as [string, string];
    expect(head).toContain(`HTTP/1.1 ${status} ${phrase}`);
    expect(head).toContain('content-type: application/problem+json');
    expect(head).toContain(`content-length: ${Buffer.byteLength(body)}`);
    expect(JSON.parse(body)).toMatchObject({ type: 'urn:parley:error:INVALID_FIELD', status });
  });
});
