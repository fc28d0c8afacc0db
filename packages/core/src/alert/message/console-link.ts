/**
 * Where the web console shows what a message is about.
 */
import { isGroup, type Message } from './group-announcement.ts';

/**
 * @param base of the console's URLs: the environment variable MILLRACE_CONSOLE_URL.
 * @returns undefined where there is no console, or what was given is no URL of HTTP.
 */
export function consoleLink(message: Message, base = process.env.MILLRACE_CONSOLE_URL): string | undefined {
  if (base === undefined || !/^https?:\/\//.test(base) || !URL.canParse(base)) return undefined;
  const alerts = `${base.replace(/\/+$/, '')}/projects/${encodeURIComponent(message.project)}/alerts`;
  return isGroup(message) ? alerts : `${alerts}/${encodeURIComponent(message.alert.episode)}`;
}
