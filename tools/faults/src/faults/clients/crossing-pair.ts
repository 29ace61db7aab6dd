import { TestClient } from '@parley/testing';
import type { Row } from '../../report/row.js';
import { Scene } from '../../stage/scene.js';
import type { Fault } from '../fault.js';

/** The gateway's deadline plus time to report it, in ms. */
const ANSWERED_MS = 12_000;
/** Wrong counts that are shown. */
const SHOWN = 5;

/** Two users at two gateways write to each other at the same moment, again and again, with two replicas of channels. */
export const crossingPair: Fault = {
  name: 'crossing-pair',
  run: async ({ short, report, stage }) =>
    Scene.play(await stage(), async (scene) => {
      const times = short ? 100 : 1_200;
      const [one, other] = await Promise.all(scene.stage.urls.slice(0, 2).map(Writer.enter));
      const wrong: string[] = [];
      for (let time = 0; time < times; time += 1) {
        wrong.push(...(await cross(one!, other!, `${time}`)));
        if ((time + 1) % 200 === 0) report(`${time + 1} of ${times}: ${wrong.length} counts are wrong`);
      }
      await Promise.all([one!.leave(), other!.leave()]);
      const text = `${wrong.length} of ${2 * times} unread counts are wrong${wrong
        .slice(0, SHOWN)
        .map((each) => `; ${each}`)
        .join('')}`;
      const claims = [{ text, holds: wrong.length === 0 }];
      return [row(times, claims, await scene.settle())];
    }),
};

const row = (times: number, claims: Row['claims'], account: Row['account']): Row => ({
  fault: 'two users write to each other at once',
  times,
  account,
  wellMs: [],
  claims,
});

/** Whoever wrote last has seen everything. The other one has one message left to read. @returns what is wrong. */
async function cross(one: Writer, other: Writer, text: string): Promise<string[]> {
  const [seq, othersSeq] = await Promise.all([one.write(other, text), other.write(one, text)]);
  const [unread, othersUnread] = await Promise.all([one.unread(), other.unread()]);
  const wrong: string[] = [];
  const check = (count: number, isLast: boolean) => {
    const due = isLast ? 0 : 1;
    if (count !== due)
      wrong.push(`round ${text}: the ${isLast ? 'last' : 'first'} writer has ${count} instead of ${due}`);
  };
  check(unread, seq > othersSeq);
  check(othersUnread, othersSeq > seq);
  return wrong;
}

/** A user with an inbox. */
class Writer {
  private constructor(
    private readonly client: TestClient,
    private readonly userUUID: string,
  ) {}

  static readonly enter = async (url: string): Promise<Writer> => {
    const client = await TestClient.connect(url, { timeoutMs: ANSWERED_MS });
    const signIn = { username: `crossing-${performance.now()}-${new URL(url).port}`, password: 'a password' };
    const { authorized } = await client.ask({ type: 'signIn', signIn });
    return new Writer(client, authorized.userUUID);
  };

  /** @returns the Seq of the message. */
  async write({ userUUID }: Writer, message: string): Promise<number> {
    const channelMessage = { recipientUUID: userUUID, message };
    return (await this.client.ask({ type: 'channelMessage', channelMessage }))['ack'].Seq;
  }

  async unread(): Promise<number> {
    return (await this.client.ask({ type: 'inbox' }))['inbox'].unread;
  }

  async leave(): Promise<void> {
    await this.client.close();
  }
}
