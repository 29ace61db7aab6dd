import type { Duplex } from 'node:stream';
import { processLoad, type Waits } from './load.js';

/** How long bytes wait for an answer to the same socket in a saturated process, in milliseconds. */
const ANSWER_WITHIN_MS = 10;

let tasks: (() => void)[] = [];
let corked: Duplex[] = [];
let isEnding = false;
let turn = 0;
/** Sockets whose bytes wait for an answer, and until when, by `performance.now()`; the longest wait first. */
const waiting = new Map<Duplex, number>();
let isTimed = false;

/**
 * Calls a task when the turn of the event loop ends: right after the pending input has been read, so that a lone frame is
 * not delayed. Bytes that tasks write leave together with those that {@link writeInTurn} has kept.
 */
export function atEndOfTurn(task: () => void): void {
  tasks.push(task);
  end();
}

/** The number of this turn of the event loop. Turns in which nobody asks are not counted. */
export function currentTurn(): number {
  end();
  return turn;
}

/**
 * Writes bytes so that everything for one socket within one turn of the event loop leaves in one system call: under load
 * that call is nearly all of a delivery's cost.
 */
export function writeInTurn(socket: Duplex, bytes: Buffer): void {
  corkForTurn(socket);
  socket.write(bytes);
}

/** Keeps all bytes that are written to the socket until the turn ends. */
export function corkForTurn(socket: Duplex): void {
  if (!waiting.delete(socket)) {
    if (socket.writableCorked > 0) return;
    socket.cork();
  }
  corked.push(socket);
  end();
}

/**
 * Writes bytes that an answer will follow soon, so that both leave in one system call: at the end of the turn in which
 * {@link writeInTurn} writes the answer, or without one when they have waited for as long as the load demands, 10 ms at most.
 * In a process that is not busy they wait for nothing but the end of this turn.
 */
export function writeWithAnswer(socket: Duplex, bytes: Buffer, load: Waits = processLoad): void {
  if (socket.writableCorked === 0) {
    const waitMs = load.wait(ANSWER_WITHIN_MS);
    // No timer is shorter.
    if (waitMs < 1) corkForTurn(socket);
    else {
      socket.cork();
      waiting.set(socket, performance.now() + waitMs);
      endWaitsIn(waitMs);
    }
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
  // From here on, tasks and writes belong to the next turn.
  isEnding = false;
  // Small enough to be kept in place wherever it is noted.
  turn = (turn + 1) % 0x40000000;
  for (const socket of sockets) socket.uncork();
  if (tasks.length > 0) end();
}
