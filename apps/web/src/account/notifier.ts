import type { News } from '../conversations/conversations.js';
import { show } from '../conversations/route.js';
import type { Preferences } from './preferences.js';

/** Whether this browser can show notifications outside the page. */
export const canNotify = (): boolean => 'Notification' in globalThis;

/** Asks the user, unless that is settled. @returns whether the page may. */
export async function mayNotify(): Promise<boolean> {
  if (!canNotify()) return false;
  const permission =
    Notification.permission === 'default' ? await Notification.requestPermission() : Notification.permission;
  return permission === 'granted';
}

/**
 * Notifies of a private message or a mention while nobody looks at the page. One conversation has one notification: its newest replaces
 * the one before.
 */
export function notifyOf(news: News, me: string, preferences: Preferences): void {
  if (news.kind !== 'message' || document.visibilityState === 'visible') return;
  if (!preferences.chosen.get().notifies || !canNotify() || Notification.permission !== 'granted') return;
  const { conversation, message } = news;
  const isNamed = message.mentions?.some(({ userUUID }) => userUUID === me) ?? false;
  if (conversation.place.kind !== 'private' && !isNamed) return;
  const sender = message.Sender.Username;
  const title = conversation.place.kind === 'private' ? sender : `${sender} in ${conversation.title}`;
  const notification = new Notification(title, {
    body: message.Message.slice(0, 200),
    tag: conversation.key,
    icon: 'icon.svg',
  });
  notification.onclick = () => {
    window.focus();
    show(conversation.place);
    notification.close();
  };
}
