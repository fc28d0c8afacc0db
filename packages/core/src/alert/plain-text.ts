/**
 * An announcement as plain text: in e-mails, and in a terminal the way its message would look.
 */
import { type Announcement, factsOf, legible, referenceOf, titleOf } from './announcement.ts';

/** The width of the column of labels. */
const LABEL = 11;

/** Several lines without a last line break. Nothing from an event can move a terminal's cursor or colours. */
export function plainText(announcement: Announcement): string {
  const lines = [titleOf(announcement)];
  const summary = legible(announcement.alert.summary);
  if (summary !== '') lines.push(summary);
  lines.push('');
  for (const [label, value] of factsOf(announcement)) lines.push(`${label.padEnd(LABEL)}${value}`);
  lines.push('', referenceOf(announcement));
  return lines.join('\n');
}
