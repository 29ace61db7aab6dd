import { InMemoryPresence } from './fixtures/in-memory-presence.js';
import { describePresence } from './fixtures/presence.suite.js';

describePresence('InMemoryPresence', () => {
  const presence = new InMemoryPresence(3);
  return {
    presence,
    expire: (gatewayId) => presence.expire(gatewayId),
    expireClaim: (gatewayId) => presence.expireClaim(gatewayId),
    batch: 3,
  };
});
