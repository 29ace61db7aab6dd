/**
 * The close codes that the server uses. 4000–4499 mean "reconnect and resume", and 4500–4999 mean "do not reconnect".
 * The others are the WebSocket protocol's own (RFC 6455, section 7.4.1).
 */
export const CLOSE_CODES = {
  GOING_AWAY: 1001,
  UNSUPPORTED_DATA: 1003,
  INVALID_UTF8: 1007,
  POLICY_VIOLATION: 1008,
  FRAME_TOO_BIG: 1009,
  DRAINING: 4001,
  HEARTBEAT_LOST: 4002,
  GAVE_WAY: 4003,
  TOO_SLOW: 4008,
  OUT_OF_STEP: 4009,
  SIGNED_OUT_EVERYWHERE: 4501,
  TOKEN_EXPIRED: 4502,
  BANNED: 4503,
} as const;
