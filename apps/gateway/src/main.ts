import 'reflect-metadata';
import { runService } from '@parley/service-kit';
import { AppModule } from './app.module.js';
import { readGatewaySettings } from './config.js';
import { gatewayOptions } from './lifecycle/start-gateway.js';

await runService(AppModule, readGatewaySettings, gatewayOptions);
