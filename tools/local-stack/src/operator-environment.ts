import { join } from 'node:path';
import { namesRedis, OPERATOR } from '@parley/redis';
import { lastPort } from './redis-files.js';
import { readSecrets } from './secrets.js';
import { readStackSettings } from './settings.js';
import { StartError } from './start-error.js';

/**
 * The environment in which the operator's command reaches the Redis that `npm start` runs for this DATA_DIR; the given one if
 * that names a Redis.
 * @throws StartError if no `npm start` has made a Redis there, or for a wrong setting.
 */
export async function operatorEnvironment(given: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const settings = readStackSettings(given);
  if (namesRedis(settings)) return given;
  const { dataFolder } = settings;
  const [secrets, port] = await Promise.all([readSecrets(dataFolder), lastPort(join(dataFolder, 'redis'))]);
  const password = secrets?.passwords[OPERATOR];
  if (password === undefined || port === undefined)
    throw new StartError(
      `No chat in ${dataFolder}: start it with npm start, or say with REDIS_URL where its Redis is`,
    );
  return { ...given, REDIS_URL: `redis://${OPERATOR}:${password}@127.0.0.1:${port}` };
}
