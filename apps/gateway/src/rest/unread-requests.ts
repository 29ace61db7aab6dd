import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { AppError } from '@parley/protocol';
import { PROBLEM_TYPE, problemOf } from '@parley/protocol/rest';

type Refusal = readonly [status: number, message: string];

/** What Node refuses while it reads a head, by the code of its error. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: [431, 'The head of the request is too large: expected at most 16 KiB.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request took too long to arrive.'],
};
const NO_HTTP: Refusal = [400, 'This is no HTTP request.'];

/**
 * Answers what Node could not read as a request with problem details, whatever it was for: nobody has seen its path yet. The connection
 * ends, because nothing says where the next request begins.
 */
export function answerUnread(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  if (socket.writable) socket.write(answerTo(REFUSALS[error.code ?? ''] ?? NO_HTTP));
  socket.destroy(error);
}

function answerTo([status, message]: Refusal): string {
  const body = JSON.stringify(problemOf(new AppError('INVALID_FIELD', { message }), { status }));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}
