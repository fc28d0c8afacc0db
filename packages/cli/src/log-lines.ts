/**
 * What functions log, as a person wants to follow it: a JSON line becomes a sentence, anything else stays as it is.
 */
const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
type Level = (typeof LEVELS)[number];

export interface LogLine {
  readonly level: Level;
  /** One line, without control characters. */
  readonly text: string;
}

/** @param name the function that wrote it. */
export function readLogLine(name: string, line: string): LogLine {
  const entry = parse(line);
  if (entry === undefined) return { level: 'info', text: printable(`${name}: ${line}`) };
  // the name says which function, there is one bucket, and the key says which file
  const {
    level,
    time,
    function: _function,
    workflow: _workflow,
    bucket: _bucket,
    traceId: _trace,
    message,
    ...fields
  } = entry;
  const details = Object.entries(fields).map(
    ([field, value]) => `${field}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const clock = String(time).slice(11, 19);
  return {
    level: LEVELS.find((known) => known === level) ?? 'info',
    text: printable([clock, `${name}:`, String(message), ...details].join(' ')),
  };
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'message' in value ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** Without control characters but line breaks: text from events is not ours. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n]/gu, ' ');
}
