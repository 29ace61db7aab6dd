import { isRefusedWrite } from '@parley/redis';

/** Waits for a write that a Redis may refuse because it takes no writes now. */
export async function ifWritable(writing: Promise<unknown>): Promise<void> {
  try {
    await writing;
  } catch (error) {
    if (!isRefusedWrite(error)) throw error;
  }
}
