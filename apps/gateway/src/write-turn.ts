import type { Duplex } from 'node:stream';

let corked: Duplex[] = [];

/**
 * Writes bytes so that everything that goes to one socket within one turn of the event loop leaves in one
 * system call: under load that call is nearly all of a delivery's cost. The turn ends right after the
 * input at hand has been read, so a lone frame is not delayed.
 */
export function writeInTurn(socket: Duplex, bytes: Buffer): void {
  if (socket.writableCorked === 0) {
    socket.cork();
    if (corked.push(socket) === 1) setImmediate(endTurn);
  }
  socket.write(bytes);
}

function endTurn(): void {
  const sockets = corked;
  corked = [];
  for (const socket of sockets) socket.uncork();
}
