import { randomBytes } from 'node:crypto';
import type { ChatClient } from '@parley/client';
import { chatClient } from '@parley/faults';
import type { Compose } from './compose.js';

const PASSWORD = 'a password of the check';

/** A user who writes notes and later checks that they are there. No connection stays open between calls. */
export interface Writer {
  post(messages: number): Promise<void>;
  /** @throws Error when the number of notes differs, or the user cannot sign in. */
  expectStored(messages: number): Promise<void>;
}

/** Creates a user. */
export async function signedUp({ url }: Pick<Compose, 'url'>): Promise<Writer> {
  const name = `check-${randomBytes(4).toString('hex')}`;
  const connected = async (work: (client: ChatClient) => Promise<void>, enter: 'signUp' | 'signIn') => {
    const client = chatClient(url);
    try {
      await client[enter](name, PASSWORD);
      await work(client);
    } finally {
      client.close();
    }
  };
  await connected(async () => undefined, 'signUp');
  return {
    post: (messages) =>
      connected(async (client) => {
        for (let left = messages; left > 0; left -= 1) await client.post(notesOf(client), `${left} to go`);
      }, 'signIn'),
    expectStored: (messages) =>
      connected(async (client) => {
        const page = await client.history(notesOf(client), { limit: 100 });
        const found = page.messages.length;
        if (found !== messages) throw new Error(`${found} of ${messages} messages are there`);
      }, 'signIn'),
  };
}

/** Creates a user and signs in with a wrong password. @throws Error when that is not refused. */
export async function refused({ url }: Compose): Promise<void> {
  const name = `check-${randomBytes(4).toString('hex')}`;
  const answerTo = async (enter: 'signUp' | 'signIn', password: string) => {
    const client = chatClient(url);
    const answer = await client[enter](name, password).catch((error: Error) => error.name);
    client.close();
    return answer;
  };
  await answerTo('signUp', PASSWORD);
  const answer = await answerTo('signIn', `not ${PASSWORD}`);
  if (answer !== 'WRONG_PASSWORD') throw new Error(`a wrong password got ${JSON.stringify(answer)}`);
}

const notesOf = ({ session }: ChatClient) => ({ recipientUUID: session!.userUUID });
