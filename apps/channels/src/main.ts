import { REDIS, runService } from '@parley/service-kit';
import { AppModule } from './app.module.js';
import { readChannelsSettings } from './config.js';
import { requireReplicationId } from './replication-id.js';

await runService(AppModule, readChannelsSettings, () => ({
  check: (app) => requireReplicationId(app.get(REDIS)),
}));
