import { applyDecorators, UseFilters } from '@nestjs/common';
import { WebSocketGateway } from '@nestjs/websockets';
import { FrameErrorFilter } from './frame-error.filter.js';

/** A gateway class on `/ws` whose errors leave as error frames. */
export const FrameGateway = (): ClassDecorator =>
  applyDecorators(WebSocketGateway({ path: '/ws' }), UseFilters(FrameErrorFilter));
