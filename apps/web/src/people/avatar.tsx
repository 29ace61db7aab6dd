import { usePerson } from '@parley/react';
import { colourOf, initialsOf } from './initials.js';

interface AvatarProps {
  /** Decides on the colour. */
  readonly id: string;
  readonly name: string;
  /** Shows whether that user is online. */
  readonly person?: string;
  readonly size?: 'sm' | 'md' | 'lg';
  readonly shape?: 'person' | 'group';
}

/** The initials of a person or group. The name stands beside it, so it is not read out. */
export function Avatar({ id, name, person, size = 'md', shape = 'person' }: AvatarProps) {
  return (
    <span
      className="avatar"
      data-size={size}
      data-shape={shape}
      data-colour={colourOf(id)}
      aria-hidden="true"
    >
      {initialsOf(name)}
      {person !== undefined && <OnlineDot userUUID={person} />}
    </span>
  );
}

function OnlineDot({ userUUID }: { readonly userUUID: string }) {
  return usePerson(userUUID)?.OnLine ? <span className="online-dot" /> : null;
}

/** Whether a user is online, in words. */
export function Presence({ userUUID }: { readonly userUUID: string }) {
  const isOnline = usePerson(userUUID)?.OnLine ?? false;
  return (
    <span className="presence" data-online={isOnline}>
      {isOnline ? 'Online' : 'Offline'}
    </span>
  );
}
