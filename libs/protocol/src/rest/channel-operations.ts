import { z } from 'zod';
import { LIMITS } from '../limits.js';
import type { RestOperation } from './operation.js';
import { pageQuery } from './paging.js';
import { group } from './params.js';
import { REST_SCHEMAS } from './schemas.js';

const ofGroup = z.object(group);

export const channelOperations = {
  createChannel: {
    method: 'POST',
    path: '/channels',
    resource: 'channels',
    summary: 'Create a group',
    details: 'You are its owner.',
    body: REST_SCHEMAS.NewChannel,
    status: 201,
    answer: REST_SCHEMAS.Channel,
    errors: ['LIMIT_REACHED'],
  },
  listChannels: {
    method: 'GET',
    path: '/channels',
    resource: 'channels',
    summary: 'List your groups, or all public ones, the newest first',
    query: z.object({
      scope: z.enum(['mine', 'public'], 'expected "mine" or "public"').default('mine'),
      ...pageQuery(LIMITS.channelsPerPage),
    }),
    status: 200,
    answer: REST_SCHEMAS.ChannelPage,
    errors: [],
  },
  getChannel: {
    method: 'GET',
    path: '/channels/{channelUUID}',
    resource: 'channels',
    summary: 'Read a group',
    params: ofGroup,
    status: 200,
    answer: REST_SCHEMAS.Channel,
    hasETag: true,
    errors: ['CHANNEL_NOT_FOUND'],
  },
  changeChannel: {
    method: 'PATCH',
    path: '/channels/{channelUUID}',
    resource: 'channels',
    summary: 'Rename a group, change its topic, archive it or bring it back',
    params: ofGroup,
    body: REST_SCHEMAS.ChannelChange,
    status: 200,
    answer: REST_SCHEMAS.Channel,
    errors: ['CHANNEL_NOT_FOUND', 'FORBIDDEN'],
  },
  listAudit: {
    method: 'GET',
    path: '/channels/{channelUUID}/audit',
    resource: 'channels',
    summary: 'List what was changed in a group, the newest first',
    params: ofGroup,
    query: z.object(pageQuery(LIMITS.auditEntriesPerPage)),
    status: 200,
    answer: REST_SCHEMAS.AuditPage,
    errors: ['CHANNEL_NOT_FOUND', 'FORBIDDEN'],
  },
} as const satisfies Record<string, RestOperation>;
