import { refuseToStart, startService } from '@parley/service-kit';
import { AppModule } from './app.module.js';
import { type AuthSettings, readAuthSettings } from './config.js';
import { lowerWorkerPriority } from './worker-priority.js';

await start(settings());

function settings(): AuthSettings {
  try {
    return readAuthSettings(process.env);
  } catch (error) {
    refuseToStart(error);
  }
}

async function start(own: AuthSettings): Promise<void> {
  await lowerWorkerPriority();
  await startService(AppModule.forRoot(own), { host: own.HEALTH_HOST, port: own.HEALTH_PORT });
}
