import { runService } from '@parley/service-kit';
import { AppModule } from './app.module.js';
import { readAuthSettings } from './config.js';
import { lowerWorkerPriority } from './worker-priority.js';

await runService(AppModule, readAuthSettings, () => ({ prepare: lowerWorkerPriority }));
