import { describe, expect, it } from '@jest/globals';
import { authSettings } from '../../apps/auth/dist/config.js';
import { channelsSettings } from '../../apps/channels/dist/config.js';
import { gatewaySettings } from '../../apps/gateway/dist/config.js';
import { usersSettings } from '../../apps/users/dist/config.js';
import { handedOn, stackSettings } from '../../tools/local-stack/dist/index.js';

const settings = {
  auth: authSettings,
  users: usersSettings,
  channels: channelsSettings,
  gateway: gatewaySettings,
};
/** Settings that a start gives to every process that has them, whether or not they are set outside. */
const given = new Set([...Object.keys(stackSettings), 'AUTH_PUBLIC_KEYS', 'HEALTH_HOST', 'HEALTH_PORT']);

describe('npm start', () => {
  it.each(Object.keys(settings))('hands on to %s every setting that it has, and no other', (service) => {
    const wanted = Object.keys(settings[service]).filter((name) => !given.has(name));
    expect([...handedOn[service]].sort()).toEqual(wanted.sort());
  });
});
