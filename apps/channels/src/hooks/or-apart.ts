import type { Apart } from '@parley/contracts';
import { AsksHook } from './hooks.js';

/** The outcome of an item, or that it is to be asked for alone because a hook has to be asked. */
export async function orApart<Outcome>(answer: () => Promise<Outcome>): Promise<Outcome | Apart> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof AsksHook) return { apart: true };
    throw error;
  }
}
