import { runService } from '@parley/service-kit';
import { AppModule } from './app.module.js';
import { readUsersSettings } from './config.js';

await runService(AppModule, readUsersSettings);
