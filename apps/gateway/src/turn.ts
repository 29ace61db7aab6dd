import type { Duplex } from 'node:stream';

let tasks: (() => void)[] = [];
let corked: Duplex[] = [];
let isEnding = false;

/**
 * Calls a task when the turn of the event loop ends: right after the input at hand has been read, so that a lone
 * frame is not delayed. What tasks write leaves together with what {@link writeInTurn} has kept.
 */
export function atEndOfTurn(task: () => void): void {
  tasks.push(task);
  end();
}

/**
 * Writes bytes so that everything that goes to one socket within one turn of the event loop leaves in one
 * system call: under load that call is nearly all of a delivery's cost.
 */
export function writeInTurn(socket: Duplex, bytes: Buffer): void {
  corkForTurn(socket);
  socket.write(bytes);
}

/** Keeps whatever is written to the socket until the turn ends. */
export function corkForTurn(socket: Duplex): void {
  if (socket.writableCorked > 0) return;
  socket.cork();
  corked.push(socket);
  end();
}

function end(): void {
  if (isEnding) return;
  isEnding = true;
  setImmediate(endTurn);
}

function endTurn(): void {
  const due = tasks;
  tasks = [];
  for (const task of due) task();
  const sockets = corked;
  corked = [];
  // What is asked for from here on belongs to the next turn.
  isEnding = false;
  for (const socket of sockets) socket.uncork();
}
