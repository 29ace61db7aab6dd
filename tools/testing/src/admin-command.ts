import { execFile } from 'node:child_process';
import { operatorEnvironment } from '@parley/local-stack';
import { bundledProgram } from './bundled-programs.js';

/** How a command of an operator ended. */
export interface AdminRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the operator's command as a process of its own, on the chat that `npm start` or a test runs with this data folder. */
export async function runAdmin(dataFolder: string, ...line: readonly string[]): Promise<AdminRun> {
  const env = await operatorEnvironment({ DATA_DIR: dataFolder });
  const main = await bundledProgram('apps/admin');
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...line], { env }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}
