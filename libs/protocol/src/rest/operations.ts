import type { z } from 'zod';
import { channelOperations } from './channel-operations.js';
import { contactOperations } from './contact-operations.js';
import { memberOperations } from './member-operations.js';
import { messageOperations } from './message-operations.js';
import type { RestOperation } from './operation.js';
import { sessionOperations } from './session-operations.js';
import { userOperations } from './user-operations.js';

/** Every operation of the REST API, by its id. */
export const REST_OPERATIONS = {
  ...userOperations,
  ...sessionOperations,
  ...messageOperations,
  ...channelOperations,
  ...memberOperations,
  ...contactOperations,
} as const;

/** The id of an operation. */
export type RestOperationId = keyof typeof REST_OPERATIONS;

/** All ids, in the table's order. */
export const REST_OPERATION_IDS = Object.keys(REST_OPERATIONS) as readonly RestOperationId[];

/** One operation, as a row whose fields may be absent. */
export const restOperation = (id: RestOperationId): RestOperation => REST_OPERATIONS[id];

type PartOf<Id extends RestOperationId, Part extends string> = (typeof REST_OPERATIONS)[Id] extends {
  readonly [P in Part]: infer Schema extends z.ZodType;
}
  ? Schema
  : never;

/** What a caller asks of an operation, checked. */
export interface RestAsked<Id extends RestOperationId> {
  readonly params: z.output<PartOf<Id, 'params'>>;
  readonly query: z.output<PartOf<Id, 'query'>>;
  readonly body: z.output<PartOf<Id, 'body'>>;
}

/** What an operation is answered with. */
export type RestAnswer<Id extends RestOperationId> = z.input<PartOf<Id, 'answer'>>;
