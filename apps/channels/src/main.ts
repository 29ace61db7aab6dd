import { refuseToStart, startService } from '@parley/service-kit';
import { AppModule } from './app.module.js';
import { readChannelsSettings } from './config.js';

try {
  const settings = readChannelsSettings(process.env);
  await startService(AppModule.forRoot(settings), {
    host: settings.HEALTH_HOST,
    port: settings.HEALTH_PORT,
  });
} catch (error) {
  refuseToStart(error);
}
