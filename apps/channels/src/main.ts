import { runService } from '@parley/service-kit';
import { AppModule } from './app.module.js';
import { readChannelsSettings } from './config.js';

await runService(AppModule, readChannelsSettings);
