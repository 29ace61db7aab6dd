import { z } from 'zod';
import { LIMITS } from '../limits.js';
import type { RestOperation } from './operation.js';
import { flagInQuery, pageQuery } from './paging.js';
import { group, member } from './params.js';
import { REST_SCHEMAS } from './schemas.js';

const ofGroup = z.object(group);
const ofMember = z.object(member);

const ERRORS = ['CHANNEL_NOT_FOUND', 'FORBIDDEN', 'USER_NOT_FOUND'] as const;

export const memberOperations = {
  listMembers: {
    method: 'GET',
    path: '/channels/{channelUUID}/members',
    resource: 'members',
    summary: 'List the members of a group, in the order in which they came',
    params: ofGroup,
    query: z.object(pageQuery(LIMITS.membersPerPage)),
    status: 200,
    answer: REST_SCHEMAS.MemberPage,
    errors: ['CHANNEL_NOT_FOUND', 'FORBIDDEN'],
  },
  inviteMembers: {
    method: 'POST',
    path: '/channels/{channelUUID}/members',
    resource: 'members',
    summary: 'Make users members of a group',
    details:
      'Each user has an outcome of their own: `refused` names the error of those who could not be invited.',
    params: ofGroup,
    body: REST_SCHEMAS.Invitation,
    status: 200,
    answer: REST_SCHEMAS.Invited,
    errors: [...ERRORS, 'LIMIT_REACHED'],
  },
  joinChannel: {
    method: 'PUT',
    path: '/channels/{channelUUID}/members/me',
    resource: 'members',
    summary: 'Become a member of a public group',
    params: ofGroup,
    status: 200,
    answer: REST_SCHEMAS.Channel,
    errors: ['CHANNEL_NOT_FOUND', 'FORBIDDEN', 'LIMIT_REACHED'],
  },
  removeMember: {
    method: 'DELETE',
    path: '/channels/{channelUUID}/members/{userUUID}',
    resource: 'members',
    summary: 'Remove a member from a group',
    details: 'Your own UUID quits the group. With `ban=true` the user cannot come back.',
    params: ofMember,
    query: z.object({ ban: flagInQuery.optional() }),
    status: 200,
    answer: REST_SCHEMAS.MemberRemoved,
    errors: ERRORS,
  },
  unbanMember: {
    method: 'DELETE',
    path: '/channels/{channelUUID}/members/{userUUID}/ban',
    resource: 'members',
    summary: 'Let a banned user come back',
    params: ofMember,
    status: 200,
    answer: REST_SCHEMAS.MemberUnbanned,
    errors: ERRORS,
  },
  muteMember: {
    method: 'PUT',
    path: '/channels/{channelUUID}/members/{userUUID}/mute',
    resource: 'members',
    summary: 'Let a member write nothing for some seconds',
    details: '0 seconds end it.',
    params: ofMember,
    body: REST_SCHEMAS.Silence,
    status: 200,
    answer: REST_SCHEMAS.MemberMuted,
    errors: ERRORS,
  },
  setRole: {
    method: 'PUT',
    path: '/channels/{channelUUID}/members/{userUUID}/role',
    resource: 'members',
    summary: 'Give a member another role',
    params: ofMember,
    body: REST_SCHEMAS.NewRole,
    status: 200,
    answer: REST_SCHEMAS.MemberRole,
    errors: ERRORS,
  },
} as const satisfies Record<string, RestOperation>;
