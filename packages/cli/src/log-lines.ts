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
  const { level, time, function: _, message, ...fields } = entry;
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

const printable = (text: string) => text.replace(/\p{Cc}/gu, ' ');
