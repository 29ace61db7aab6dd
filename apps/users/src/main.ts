import { refuseToStart, startService } from '@parley/service-kit';
import { AppModule } from './app.module.js';
import { readUsersSettings, type UsersSettings } from './config.js';

await start(settings());

function settings(): UsersSettings {
  try {
    return readUsersSettings(process.env);
  } catch (error) {
    refuseToStart(error);
  }
}

async function start(own: UsersSettings): Promise<void> {
  await startService(AppModule.forRoot(own), { host: own.HEALTH_HOST, port: own.HEALTH_PORT });
}
