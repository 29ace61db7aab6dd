import { parentPort, workerData } from 'node:worker_threads';
import { loadDialect } from '../dialect.js';
import { Crew } from './crew.js';
import type { CrewPlan, Post, Request, TaskName, Tasks } from './orders.js';

/** Runs in each thread: a crew that carries out requests. */
const port = parentPort!;
const plan = workerData as CrewPlan;
const post = (message: Post): void => port.postMessage(message);

const dialect = await loadDialect(plan.dialect);
dialect.adopt?.(plan.prepared);
const crew = new Crew(plan, dialect, (tick) => post({ tick }));

const tasks: { [Name in TaskName]: (ask: Tasks[Name]['ask']) => unknown } = {
  enter: () => crew.enter(),
  run: (order) => crew.run(order),
  stop: (at) => crew.stop(at),
  stand: () => crew.stand(),
  settle: (newest) => crew.settle(newest),
  leave: () => crew.leave(),
};

port.on('message', async ({ id, name, ask }: Request) => {
  try {
    post({ id, answer: await tasks[name](ask as never) });
  } catch (error) {
    post({ id, failure: error instanceof Error ? error.message : String(error) });
  }
});
