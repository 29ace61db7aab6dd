import type { Duplex } from 'node:stream';

/** How long bytes wait for an answer that goes to the same socket, in milliseconds. */
const ANSWER_WITHIN_MS = 10;

let tasks: (() => void)[] = [];
let corked: Duplex[] = [];
let isEnding = false;
/** The sockets whose bytes wait for an answer, and until when, by `performance.now()`; the longest-waiting first. */
const waiting = new Map<Duplex, number>();
let isTimed = false;

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
  if (!waiting.delete(socket)) {
    if (socket.writableCorked > 0) return;
    socket.cork();
  }
  corked.push(socket);
  end();
}

/**
 * Writes bytes that an answer follows soon, so that both leave in one system call: with the turn in which
 * {@link writeInTurn} brings the answer, or after 10 ms without one.
 */
export function writeWithAnswer(socket: Duplex, bytes: Buffer): void {
  if (socket.writableCorked === 0) {
    socket.cork();
    waiting.set(socket, performance.now() + ANSWER_WITHIN_MS);
    endWaitsIn(ANSWER_WITHIN_MS);
  }
  socket.write(bytes);
}

function endWaitsIn(ms: number): void {
  if (isTimed) return;
  isTimed = true;
  setTimeout(endWaits, ms);
}

function endWaits(): void {
  isTimed = false;
  for (const [socket, until] of waiting) {
    const restMs = Math.ceil(until - performance.now());
    if (restMs > 0) {
      endWaitsIn(restMs);
      break;
    }
    waiting.delete(socket);
    socket.uncork();
  }
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
