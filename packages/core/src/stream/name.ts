/**
 * What may stand in a key for a project, a collection or a time.
 */

/** The longest name an event carries. */
const MAX_NAME = 256;

/** A name that fits an event and one folder of a key; `_millrace` is ours. */
export function isName(text: string | undefined): text is string {
  return (
    text !== undefined && text !== '' && text.length <= MAX_NAME && !/[/\p{Cc}]/u.test(text) && text !== '_millrace'
  );
}

/** Milliseconds of an ISO 8601 time with a zone, from 1970 to 9999. */
export function parseTime(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/.test(text))
    return undefined;
  const time = Date.parse(text);
  return Number.isFinite(time) && time >= 0 && time < Date.UTC(10000, 0) ? time : undefined;
}
