import 'reflect-metadata';
import { refuseToStart, startService } from '@parley/service-kit';
import { AppModule } from './app.module.js';
import { readGatewaySettings } from './config.js';
import { gatewayOptions } from './lifecycle/start-gateway.js';

try {
  const settings = readGatewaySettings(process.env);
  await startService(AppModule.forRoot(settings), gatewayOptions(settings));
} catch (error) {
  refuseToStart(error);
}
