import { randomBytes } from 'node:crypto';
import { type Row, wellIn } from '../../report/row.js';
import { Scene } from '../../stage/scene.js';
import { type Question, Requests } from '../../witnesses/requests.js';
import type { Fault, FaultOptions } from '../fault.js';
import { killed, repeatedly } from '../repeatedly.js';

/** A dead replica's request is taken over after 3 s (`TAKE_OVER_AFTER_MS`) and must end within 10 s. */
const WELL_MS = 12_000;

const password = 'a password of an asker';
const newName = (): string => `asker-${randomBytes(8).toString('hex')}`;

/** Requests that keep a service busy beside the traffic. */
const QUESTIONS: Record<'auth' | 'users' | 'channels', (asker: number) => Question> = {
  auth: signInTwice,
  users: signInTwice,
  channels: joinAndCount,
};

/** `kill -9` of one of the two replicas of each service. */
export const killService: Fault = {
  name: 'kill-service',
  run: async (options) => [
    ...(await killReplicas('auth', options)),
    ...(await killReplicas('users', options)),
    ...(await killReplicas('channels', options)),
  ],
};

async function killReplicas(service: keyof typeof QUESTIONS, options: FaultOptions): Promise<Row[]> {
  const { short, report, stage } = options;
  return Scene.play(await stage(), async (scene) => {
    const times = short ? 1 : 20;
    const requests = new Requests(scene.stage.urls, QUESTIONS[service]);
    const wellMs = await repeatedly(scene, times, report, (time) =>
      killed(scene, `${service}-${1 + (time % 2)}`),
    );
    const claims = [wellIn(wellMs, WELL_MS), ...(await requests.claims(`requests to ${service}`))];
    return [{ fault: `\`kill -9\` of ${service}`, times, account: await scene.settle(), wellMs, claims }];
  });
}

/** The first sign-in creates a user, the second must find the same one, however often each request was handled. */
function signInTwice(): Question {
  let signIn = { username: newName(), password };
  let made: string | undefined;
  return {
    ask: () => ({ type: 'signIn', signIn }),
    fault: ({ authorized }) => {
      const { userUUID } = authorized;
      if (made !== undefined && made !== userUUID) return `${signIn.username} is ${made} and ${userUUID}`;
      if (made === undefined) made = userUUID;
      else {
        made = undefined;
        signIn = { username: newName(), password };
      }
      return undefined;
    },
  };
}

/** Signs in once, then asks for history. A Seq that goes backwards means a lost message. */
function joinAndCount(): Question {
  const signIn = { username: newName(), password };
  let signedIn = false;
  let newest = 0;
  return {
    ask: () =>
      signedIn ? { type: 'channelMessages', channelMessages: { limit: 1 } } : { type: 'signIn', signIn },
    fault: ({ channelMessages }) => {
      signedIn = true;
      const seq = channelMessages?.messages[0]?.Seq ?? newest;
      if (seq < newest) return `the newest Seq went from ${newest} to ${seq}`;
      newest = seq;
      return undefined;
    },
  };
}
