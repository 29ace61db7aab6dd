import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { ProvisionedUser } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { type Call, type Command, UsageError } from '../command.js';

/** Users that are asked for at the same time. */
const AT_ONCE = 16;

/** The command that creates users of an identity provider. */
export const PROVISION_COMMANDS: readonly Command[] = [
  {
    name: 'users-provision',
    args: ['FILE'],
    does: 'creates users of the identity provider before they sign in, or renames them: a line {"sub": …, "name": …, "displayName": …, "picture": …} of JSON for each; - reads standard input',
    async run(call) {
      let failed = 0;
      for await (const lines of inBatches(call.args[0]!)) {
        const done = await Promise.all(lines.map((line) => provision(call, line)));
        for (const { line, isDone } of done) {
          if (!isDone) failed += 1;
          await call.print(`${JSON.stringify(line)}\n`);
        }
      }
      if (failed > 0)
        throw new AppError('INVALID_FIELD', {
          message: `${failed} users could not be provisioned: see their lines`,
        });
    },
  },
];

async function provision(call: Call, line: string): Promise<{ line: object; isDone: boolean }> {
  const read = userIn(line);
  if (read === undefined)
    return { line: { line, error: 'expected {"sub": text, "name"?: text}' }, isDone: false };
  const { subject: sub, issuer } = read;
  try {
    const idempotencyKey = randomUUID();
    const { user, created } = await call.services.auth.ask('auth.provision', read, { idempotencyKey });
    return { line: { sub, issuer, userUUID: user.UUID, username: user.Username, created }, isDone: true };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { line: { sub, issuer, error: error.name, message: error.message }, isDone: false };
  }
}

/** The user of a line; undefined if it is none. */
function userIn(line: string): ProvisionedUser | undefined {
  try {
    const { sub, name, issuer, displayName, picture } = JSON.parse(line) as Record<string, unknown>;
    const texts = { name, issuer, displayName, picture };
    const areTexts = Object.values(texts).every((value) => value === undefined || typeof value === 'string');
    if (typeof sub !== 'string' || !areTexts) return undefined;
    return { subject: sub, ...(texts as Record<keyof typeof texts, string | undefined>) };
  } catch {
    return undefined;
  }
}

/** The lines of a file that are not empty. */
async function* inBatches(file: string): AsyncGenerator<string[]> {
  const input = file === '-' ? process.stdin : createReadStream(file);
  // `readline` does not pass it on.
  const failed = new Promise<never>((_, reject) =>
    input.once('error', ({ message }: Error) => reject(new UsageError(`users-provision: ${message}`))),
  );
  failed.catch(() => undefined);
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
  let batch: string[] = [];
  for (;;) {
    const { done, value } = await Promise.race([lines.next(), failed]);
    if (!done && value.trim() !== '') batch.push(value);
    if (batch.length > 0 && (done || batch.length === AT_ONCE)) {
      yield batch;
      batch = [];
    }
    if (done) return;
  }
}
