import type { Fault } from './fault.js';
import { killGateway } from './kill-gateway.js';

/** Every fault, in the order of the report. */
export const FAULTS: readonly Fault[] = [killGateway];
